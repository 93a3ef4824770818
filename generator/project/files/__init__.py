"""Writers of the generated project's data files and of what its templates print, by folder of the tree."""
