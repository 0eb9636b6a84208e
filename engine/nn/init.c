/* Initial weights: a table of names and distributions. */
#include "engine/nn/init.h"

#include <math.h>
#include <string.h>

static void uniform(ll_matrix *w, ll_random *r, double bound) { ll_matrix_uniform(w, r, -bound, bound); }

static void xavier(ll_matrix *w, ll_random *r) { uniform(w, r, sqrt(6.0 / (double)(w->rows + w->cols))); }
static void xavier_normal(ll_matrix *w, ll_random *r) { ll_matrix_normal(w, r, 0, sqrt(2.0 / (double)(w->rows + w->cols))); }
static void he(ll_matrix *w, ll_random *r) { ll_matrix_normal(w, r, 0, sqrt(2.0 / (double)w->cols)); }
static void he_uniform(ll_matrix *w, ll_random *r) { uniform(w, r, sqrt(6.0 / (double)w->cols)); }

const char *const ll_init_names[] = {"xavier", "xavier_normal", "he", "he_uniform", NULL};
static const ll_init inits[] = {xavier, xavier_normal, he, he_uniform};
enum { COUNT = sizeof inits / sizeof *inits };
_Static_assert(sizeof ll_init_names / sizeof *ll_init_names == COUNT + 1, "a name for each");

ll_status ll_init_find(ll_ctx *ctx, const char *name, ll_init *out) {
  for (size_t i = 0; i < COUNT; i++)
    if (strcmp(ll_init_names[i], name) == 0) {
      *out = inits[i];
      return LL_OK;
    }
  const char *near = ll_nearest(name, ll_init_names, COUNT);
  return ll_fail(ctx, LL_ERR_NAME, "unknown initialisation \"%s\"%s%s%s", name,
                 near ? "; did you mean \"" : ": xavier, xavier_normal, he or he_uniform", near ? near : "", near ? "\"?" : "");
}
