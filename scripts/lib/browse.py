"""Opens every page of a website in headless Chromium, as wide as a phone and as a desktop; see scripts/docs."""

import functools
import html
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

WIDTHS = {"phone": 390, "desktop": 1280}
PICTURES = ["index.html", "CLI.html", "docs/tutorials/classify.html", "docs/zoo/index.html", "docs/zoo/resnet.html"]

# Loads the pages one after the other in a frame and notes what is wrong with each.
CHECK = """<!doctype html><pre id="result"></pre><script>
const pages = PAGES, widths = WIDTHS, faults = [];
async function look() {
  for (const width of widths) for (const page of pages) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width:${width}px;height:800px;border:0`;
    frame.src = page;
    document.body.append(frame);
    await new Promise(done => frame.onload = done);
    const shown = frame.contentDocument, root = shown.documentElement;
    if (root.scrollWidth > width) {
      const wide = [...shown.querySelectorAll("main *")].find(e => e.getBoundingClientRect().right > width
        && !e.closest("pre, .wide"));
      faults.push(`${page}: wider than ${width} pixels: ${wide ? wide.outerHTML.slice(0, 120) : ""}`);
    }
    for (const image of shown.images) if (!image.naturalWidth) faults.push(`${page}: no image at ${image.src}`);
    if (!shown.querySelector("h1")) faults.push(`${page}: no heading`);
    frame.remove();
  }
  document.getElementById("result").textContent = JSON.stringify({pages: pages.length, faults});
}
look();
</script>"""

FRAME = '<!doctype html><body style="margin:0"><iframe src="/PAGE" style="width:WIDTHpx;height:HEIGHTpx;border:0"></iframe>'


class Handler(http.server.SimpleHTTPRequestHandler):
    extra = {}

    def do_GET(self):
        text = self.extra.get(self.path)
        if text is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


def chromium(*arguments):
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [
                "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                f"--user-data-dir={profile}", *arguments,
            ],
            check=True, capture_output=True, text=True, timeout=300,
        ).stdout


def main():
    folder = os.path.abspath(sys.argv[1])
    pages = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.html"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    widths = json.dumps(list(WIDTHS.values()))
    Handler.extra["/check"] = CHECK.replace("PAGES", json.dumps(["/" + p for p in pages])).replace("WIDTHS", widths)
    shown = chromium("--dump-dom", "--virtual-time-budget=240000", f"{address}/check")
    result = re.search(r'<pre id="result">(\{.*?\})</pre>', shown, re.S)
    if not result:
        sys.exit("Chromium did not finish")
    result = json.loads(html.unescape(result[1]))
    for fault in result["faults"]:
        print(fault, file=sys.stderr)
    pictures = Path(folder, "pictures")
    pictures.mkdir(exist_ok=True)
    for page in PICTURES:
        for name, width in WIDTHS.items():
            height = 1600
            path = f"/frame-{name}-{page}"
            Handler.extra[path] = FRAME.replace("PAGE", page).replace("WIDTH", str(width)).replace("HEIGHT", str(height))
            file = pictures / f"{page.removesuffix('.html').replace('/', '-')}-{name}.png"
            chromium(f"--screenshot={file}", f"--window-size={max(width, 500)},{height}", address + path)
    if result["faults"]:
        sys.exit(1)
    print(f"{result['pages']} pages fit into {' and '.join(f'{w} pixels' for w in WIDTHS.values())}", file=sys.stderr)


main()
