"""Writers of the generated project's data files and the views its templates print, one module per folder of the tree."""
