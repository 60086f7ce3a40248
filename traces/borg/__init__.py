"""What Google's two cluster traces share: Borg's state events, machines that come and go, limits.

Both are folders of sharded tables in microseconds, of amounts that are shares of the largest
machine (Reiss, Wilkes, Hellerstein, Google cluster-usage traces: format + schema, v2.1, 2014;
Wilkes, Google cluster-usage traces v3, 2020; google/cluster-data).
"""
