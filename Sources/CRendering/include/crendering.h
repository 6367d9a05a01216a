#pragma once
// Pixels of SVG by librsvg and cairo, which are loaded when a PNG is written: linked, they would bring some 40 libraries
// into every process of the program.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Loads librsvg, before it draws; false where it is not installed. Not to be called by two threads at once.
bool crendering_load(void);

// Draws an SVG document over the whole of an image of `width` × `height` pixels, [H, W, 3], on white. Returns false where
// there is not enough memory or the document is no SVG.
bool crendering_draw(const uint8_t *document, size_t count, int width, int height, uint8_t *pixels);
