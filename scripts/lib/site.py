"""Makes a website of Markdown pages; see scripts/docs."""

import html
import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

HOME = "README.md"
MENU = [
    ("Home", HOME),
    ("Tutorials", "docs/tutorials/README.md"),
    ("The zoo", "docs/zoo/README.md"),
    ("Commands", "CLI.md"),
    ("Architecture", "docs/architecture.md"),
    ("Changes", "CHANGELOG.md"),
]
# On a narrow screen the contents would push the page out of sight.
FOLD = '<script>if (innerWidth < 1024) document.querySelector(".contents").open = false</script>'
LINK = re.compile(r'(<(?:a|img)\b[^>]*?\b(?:href|src)=")([^"]*)(")')
HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.S)


def slug(text, taken):
    """The anchor of a heading, as GitHub makes it."""
    text = html.unescape(re.sub(r"<[^>]+>", "", text)).lower()
    name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
    taken[name] = taken.get(name, -1) + 1
    return f"{name}-{taken[name]}" if taken[name] else name


class Page:
    """A Markdown file and what it becomes."""

    def __init__(self, path):
        self.path = path
        extensions = [word for name in ("table", "autolink", "strikethrough") for word in ("--extension", name)]
        body = subprocess.run(
            ["cmark-gfm", "--unsafe", *extensions, path], check=True, capture_output=True, text=True
        ).stdout
        taken = {}
        self.headings = []

        def anchored(match):
            level, text = int(match[1]), match[2]
            anchor = slug(text, taken)
            self.headings.append((level, anchor, text))
            return f'<h{level} id="{anchor}">{text}<a class="anchor" href="#{anchor}" aria-label="Link to this section">#</a></h{level}>'

        body = re.sub(r"<!--.*?-->\n?", "", body, flags=re.S)
        body = HEADING.sub(anchored, body)
        # Wide tables scroll by themselves, not with the page.
        body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
        self.body = body
        self.anchors = {anchor for _, anchor, _ in self.headings}
        self.title = html.unescape(re.sub(r"<[^>]+>", "", self.headings[0][2])) if self.headings else path

    @property
    def output(self):
        """Where it goes: README.md becomes the index of its folder."""
        folder, name = posixpath.split(self.path)
        return posixpath.join(folder, "index.html" if name == "README.md" else name.removesuffix(".md") + ".html")

    def links(self):
        return [html.unescape(match[2]) for match in LINK.finditer(self.body)]


def target(page, link):
    """The file and the anchor that a link of a page leads to; nothing for addresses elsewhere."""
    if re.match(r"[a-z]+:", link):
        return None
    path, _, anchor = link.partition("#")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), unquote(path))) if path else page.path
    return joined, anchor


class Site:
    def __init__(self):
        self.pages = {}
        self.files = set()
        self.faults = []
        queue = [path for _, path in MENU]
        while queue:
            path = queue.pop()
            if path in self.pages:
                continue
            page = self.pages[path] = Page(path)
            for link in page.links():
                found = target(page, link)
                if found is None:
                    continue
                if found[0].startswith("..") or not os.path.exists(found[0]):
                    self.faults.append(f"{path}: {link} leads nowhere")
                elif os.path.isdir(found[0]):
                    readme = posixpath.join(found[0], "README.md")
                    if os.path.exists(readme):
                        queue.append(readme)
                    else:
                        self.faults.append(f"{path}: {link} is a folder without README.md")
                elif found[0].endswith(".md"):
                    queue.append(found[0])
                else:
                    self.files.add(found[0])
        for page in self.pages.values():
            for link in page.links():
                found = target(page, link)
                if found and found[1] and found[0] in self.pages and found[1] not in self.pages[found[0]].anchors:
                    self.faults.append(f"{page.path}: {link}: there is no such section")

    def relative(self, page, path):
        return posixpath.relpath(path, posixpath.dirname(page.output) or ".")

    def rewritten(self, page):
        """The page's text with links to Markdown leading to pages."""

        def replace(match):
            found = target(page, html.unescape(match[2]))
            if found is None:
                return match[0]
            path, anchor = found
            if os.path.isdir(path):
                path = posixpath.join(path, "README.md")
            if path in self.pages:
                path = self.pages[path].output
            link = self.relative(page, path) if path != page.output or not anchor else ""
            return match[1] + html.escape(link + (f"#{anchor}" if anchor else "")) + match[3]

        return LINK.sub(replace, page.body)

    def write(self, folder):
        for path, page in self.pages.items():
            place = Path(folder, page.output)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(self.page(page))
        for path in self.files:
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        shutil.copyfile("scripts/lib/site.css", Path(folder, "site.css"))

    def page(self, page):
        def is_current(path):
            folder = posixpath.dirname(path)
            return path == page.path or (folder.count("/") == 1 and page.path.startswith(folder + "/"))

        menu = "".join(
            f'<a href="{self.relative(page, self.pages[path].output)}"'
            + (' aria-current="page"' if is_current(path) else "")
            + f">{name}</a>"
            for name, path in MENU
        )
        sections = [
            f'<li class="level{level}"><a href="#{anchor}">{text}</a></li>'
            for level, anchor, text in page.headings
            if level in (2, 3)
        ]
        contents = (
            f'<details class="contents" open><summary>On this page</summary><ul>{"".join(sections)}</ul></details>{FOLD}'
            if len(sections) > 2
            else ""
        )
        title = page.title if page.path == HOME else f"{page.title} · cnnzoo"
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="stylesheet" href="{self.relative(page, "site.css")}">
</head>
<body>
<header><nav aria-label="Site">{menu}</nav></header>
<div class="page">
{contents}
<main>
{self.rewritten(page)}</main>
</div>
</body>
</html>
"""


def main():
    folder = sys.argv[1]
    site = Site()
    for fault in site.faults:
        print(fault, file=sys.stderr)
    if site.faults:
        sys.exit(65)
    shutil.rmtree(folder, ignore_errors=True)
    site.write(folder)
    print(f"{folder}/index.html: {len(site.pages)} pages, all links lead somewhere", file=sys.stderr)


main()
