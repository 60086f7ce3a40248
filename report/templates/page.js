document.querySelectorAll("[data-spec]").forEach(function (element) {
  var spec = JSON.parse(document.getElementById(element.dataset.spec).textContent);
  var actions = { export: { svg: true, png: true }, source: false, compiled: false, editor: false };
  vegaEmbed(element, spec, { mode: "vega-lite", renderer: "svg", ast: true, actions: actions,
    downloadFileName: element.dataset.spec }).then(function () {
    var drawn = element.querySelector("svg.marks"), menu = element.querySelector("summary");
    drawn.setAttribute("role", "img");  // one picture with its words, not a tree of marks
    drawn.removeAttribute("aria-roledescription");
    drawn.setAttribute("aria-label", element.dataset.alt);
    if (menu) menu.setAttribute("aria-label", "Save this figure");
  }).catch(function (error) {
    element.textContent = "This figure could not be drawn: " + error;
  });
});
