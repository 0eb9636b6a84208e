-- The figures that every study has, in the order in which they are listed and drawn: plot/figures/NAME.lua.
return { "summary", "sensitivity", "margin_map", "interactions", "parallel_coordinates", "curves", "learning_curves", "learnt_path",
  "roc", "precision_recall", "calibration", "histograms", "ridge", "cost", "critical_difference" }
