#include "crendering.h"

#include <dlfcn.h>

// The few declarations of librsvg 2.46 and cairo 1.0 that are needed: their headers come with those of GLib and Pango.
typedef struct {
  double x, y, width, height;
} RsvgRectangle;

enum { CAIRO_FORMAT_RGB24 = 1, CAIRO_STATUS_SUCCESS = 0 };

static struct {
  void *(*handle)(const uint8_t *data, size_t count, void **error);
  int (*render)(void *handle, void *context, const RsvgRectangle *viewport, void **error);
  void (*unref)(void *object);
  void (*free_error)(void *error);
  void *(*surface)(int format, int width, int height);
  int (*surface_status)(void *surface);
  void (*surface_flush)(void *surface);
  uint8_t *(*surface_data)(void *surface);
  int (*surface_stride)(void *surface);
  void (*surface_destroy)(void *surface);
  void *(*context)(void *surface);
  void (*context_destroy)(void *context);
  void (*set_source)(void *context, double red, double green, double blue);
  void (*paint)(void *context);
} rsvg;

bool crendering_load(void) {
  // Its own symbols and those of the libraries that it depends on.
  void *library = dlopen("librsvg-2.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  rsvg.handle = (__typeof__(rsvg.handle))dlsym(library, "rsvg_handle_new_from_data");
  rsvg.render = (__typeof__(rsvg.render))dlsym(library, "rsvg_handle_render_document");
  rsvg.unref = (__typeof__(rsvg.unref))dlsym(library, "g_object_unref");
  rsvg.free_error = (__typeof__(rsvg.free_error))dlsym(library, "g_error_free");
  rsvg.surface = (__typeof__(rsvg.surface))dlsym(library, "cairo_image_surface_create");
  rsvg.surface_status = (__typeof__(rsvg.surface_status))dlsym(library, "cairo_surface_status");
  rsvg.surface_flush = (__typeof__(rsvg.surface_flush))dlsym(library, "cairo_surface_flush");
  rsvg.surface_data = (__typeof__(rsvg.surface_data))dlsym(library, "cairo_image_surface_get_data");
  rsvg.surface_stride = (__typeof__(rsvg.surface_stride))dlsym(library, "cairo_image_surface_get_stride");
  rsvg.surface_destroy = (__typeof__(rsvg.surface_destroy))dlsym(library, "cairo_surface_destroy");
  rsvg.context = (__typeof__(rsvg.context))dlsym(library, "cairo_create");
  rsvg.context_destroy = (__typeof__(rsvg.context_destroy))dlsym(library, "cairo_destroy");
  rsvg.set_source = (__typeof__(rsvg.set_source))dlsym(library, "cairo_set_source_rgb");
  rsvg.paint = (__typeof__(rsvg.paint))dlsym(library, "cairo_paint");
  return rsvg.handle && rsvg.render && rsvg.unref && rsvg.free_error && rsvg.surface && rsvg.surface_status &&
         rsvg.surface_flush && rsvg.surface_data && rsvg.surface_stride && rsvg.surface_destroy &&
         rsvg.context && rsvg.context_destroy && rsvg.set_source && rsvg.paint;
}

// Draws into a surface; false if the document cannot be drawn.
static bool draw(const uint8_t *document, size_t count, int width, int height, void *surface) {
  void *error = NULL;
  void *handle = rsvg.handle(document, count, &error);
  if (!handle) {
    if (error) rsvg.free_error(error);
    return false;
  }
  void *context = rsvg.context(surface);
  rsvg.set_source(context, 1, 1, 1);
  rsvg.paint(context);
  const RsvgRectangle viewport = {0, 0, width, height};
  const bool is_drawn = rsvg.render(handle, context, &viewport, &error);
  if (error) rsvg.free_error(error);
  rsvg.context_destroy(context);
  rsvg.unref(handle);
  return is_drawn;
}

bool crendering_draw(const uint8_t *document, size_t count, int width, int height, uint8_t *pixels) {
  void *surface = rsvg.surface(CAIRO_FORMAT_RGB24, width, height);
  bool is_drawn =
      rsvg.surface_status(surface) == CAIRO_STATUS_SUCCESS && draw(document, count, width, height, surface);
  is_drawn = is_drawn && rsvg.surface_status(surface) == CAIRO_STATUS_SUCCESS;
  if (is_drawn) {
    rsvg.surface_flush(surface);
    const uint8_t *data = rsvg.surface_data(surface);
    const size_t stride = (size_t)rsvg.surface_stride(surface);
    for (size_t y = 0; y < (size_t)height; y++)
      for (size_t x = 0; x < (size_t)width; x++) {
        // Pixels are numbers 0xRRGGBB in the machine's order of bytes.
        const uint32_t pixel = *(const uint32_t *)(const void *)(data + y * stride + 4 * x);
        uint8_t *target = pixels + 3 * (y * (size_t)width + x);
        target[0] = (uint8_t)(pixel >> 16);
        target[1] = (uint8_t)(pixel >> 8);
        target[2] = (uint8_t)pixel;
      }
  }
  rsvg.surface_destroy(surface);
  return is_drawn;
}
