document.querySelectorAll("[data-spec]").forEach(function (element) {
  var spec = JSON.parse(document.getElementById(element.dataset.spec).textContent);
  var actions = { export: { svg: true, png: true }, source: false, compiled: false, editor: false };
  vegaEmbed(element, spec, { mode: "vega-lite", renderer: "svg", ast: true, actions: actions,
    downloadFileName: element.dataset.spec }).catch(function (error) {
    element.textContent = "This figure could not be drawn: " + error;
  });
});
