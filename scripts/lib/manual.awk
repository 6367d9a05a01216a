# Turns the help of a command into a man page. Variables: page, the name of the page; version; commands, the names of
# all subcommands; contract, the file with the table of exit statuses.

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}

# An option or argument with its placeholders: bold, with italics in angle brackets.
function label(text,    result, rest) {
  result = "\\fB"
  rest = escaped(text)
  while (match(rest, /<[^>]*>/)) {
    result = result substr(rest, 1, RSTART - 1) "\\fI" substr(rest, RSTART, RLENGTH) "\\fB"
    rest = substr(rest, RSTART + RLENGTH)
  }
  return result rest "\\fR"
}

function item(name, text) {
  print ".TP"
  print name
  if (text != "") print escaped(text)
}

function exitStatuses(    line, cells, isTable) {
  print ".SH EXIT STATUS"
  while ((getline line < contract) > 0) {
    if (line ~ /^\| status \|/) isTable = 1
    else if (isTable && line !~ /^\|/) break
    else if (isTable && line !~ /^\| *-/) {
      split(line, cells, / *\| */)
      item("\\fB" cells[2] "\\fR", cells[3])
    }
  }
  close(contract)
}

function seeAlso(    names, count, i, others) {
  print ".SH SEE ALSO"
  count = split("cnnzoo " commands, names, /[ \n]+/)
  for (i = 1; i <= count; i++) {
    if (i > 1) names[i] = "cnnzoo-" names[i]
    if (names[i] != page) others = others (others == "" ? "" : " (1),\n") ".BR " escaped(names[i])
  }
  print others " (1)"
}

BEGIN { section = "" }

/^OVERVIEW: / {
  sub(/^OVERVIEW: /, "")
  summary = $0
  next
}

/^USAGE: / {
  sub(/^USAGE: /, "")
  name = summary
  sub(/\.$/, "", name)
  print ".TH " toupper(escaped(page)) " 1 \"\" \"cnnzoo " version "\" \"User Commands\""
  print ".SH NAME"
  print escaped(page) " \\- " tolower(substr(name, 1, 1)) escaped(substr(name, 2))
  print ".SH SYNOPSIS"
  print label($0)
  print ".SH DESCRIPTION"
  print escaped(summary)
  printf "%s", discussion
  next
}

# A heading of its own.
/^[A-Z]+:$/ {
  section = substr($0, 1, length($0) - 1)
  print ".SH " (section == "SUBCOMMANDS" ? "COMMANDS" : section)
  next
}

/^$/ { next }

section == "" {
  discussion = discussion ".PP\n" escaped($0) "\n"
  next
}

# The text of an item whose name is too long to stand beside it.
substr($0, 1, 26) ~ /^ +$/ {
  print escaped(substr($0, 27))
  next
}

# What follows a list of subcommands is about the help itself.
section == "SUBCOMMANDS" && !/^  [a-z]+  / { next }

# An item: its name, and from column 27 on its text, if the name leaves room.
/^  / {
  name = substr($0, 3)
  text = ""
  if (length($0) > 26 && substr($0, 26, 1) == " ") {
    name = substr($0, 3, 23)
    text = substr($0, 27)
  }
  sub(/ +$/, "", name)
  item(label(name), text)
}

END {
  exitStatuses()
  seeAlso()
}
