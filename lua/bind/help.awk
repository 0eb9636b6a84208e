# Collects the entries of help from C sources: of each comment that begins with "/** name", a line "@file:line" and its own lines
# without their frame (" * "). lua/bind/help.c embeds the result, lua/losslab/help/parse.lua reads it.
function put(line,    last) {
  last = index(line, "*/")
  if (last) { line = substr(line, 1, last - 1); inside = 0 }
  sub(/[ \t]+$/, "", line)
  if (!(last && line == "")) print line
}
inside { sub(/^[ \t]*\* ?/, ""); if ($0 == "/") { inside = 0; next } put($0); next }
/^[ \t]*\/\*\* [A-Za-z_]/ {
  print "@" FILENAME ":" FNR
  inside = 1
  sub(/^[ \t]*\/\*\* /, "")
  put($0)
}
