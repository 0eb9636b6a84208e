/* A set that is being built, by a reader, a generator or from matrices: columns, rows and the words that number them. */
#ifndef LOSSLAB_ENGINE_BUILDER_H
#define LOSSLAB_ENGINE_BUILDER_H

#include "engine/data/lost_digits.h"
#include "engine/data/words.h"
#include "losslab/data.h"

typedef struct ll_builder {
  ll_matrix x, y;
  struct ll_view *view; /* [opt] what holds the features in the place of x, which has the shape alone */
  ll_words columns;
  ll_words classes;     /* of a multiclass set; ll_builder_finish names the two of binary labels */
  bool missing;         /* x holds NaN for missing cells */
  bool values;          /* y holds real values: there are no classes */
  ll_matrix weights;    /* [opt] as the set's */
  bool multiclass;      /* y holds numbers of classes in order of appearance, from 0; ll_builder_finish sorts them */
  const char *positive; /* [opt] the class that is the target of a multiclass set, which becomes binary */
  uint32_t *groups, *domains;
  ll_words group_words, domain_words;
  size_t n_groups;     /* of groups that are no words */
  ll_lost_digits lost; /* of the values of x: readers call ll_lost_digits_look */
  ll_words notes;      /* what reading has to say: ll_builder_note */
} ll_builder;

/* Makes the set of what was built: checks that there are two classes, numbers the classes. Frees the builder, also on failure. */
ll_status ll_builder_finish(ll_ctx *ctx, ll_builder *builder, const char *path, const char *name, ll_data **out);
void ll_builder_free(ll_ctx *ctx, ll_builder *builder);
/* [out] the shortest decimal form of a finite value, without a point where it is a whole number below 1e15; returns its length. */
enum { LL_BUILDER_NUMBER = 40 };
int ll_builder_number(double value, char text[LL_BUILDER_NUMBER]);
/* [out] the number of the class whose name is the finite value in its shortest decimal form; a new one if it was not there. */
ll_status ll_builder_class(ll_ctx *ctx, ll_words *classes, double value, uint32_t *number);
/* Makes the labels binary: 1 for the class `positive`, 0 for all others. where: for messages. LL_ERR_NAME: there is none. */
ll_status ll_builder_positive(ll_ctx *ctx, ll_builder *builder, const char *where);
/* Makes labels binary whose two classes are the numbers 0 and 1, or -1 and 1; others stay as they are. */
void ll_builder_positive_plain(ll_ctx *ctx, ll_builder *builder);
/* Adds a note, a line of at most 700 bytes, for whoever uses the set; names out of the file come through ll_printable. The file's
 * own name is put before it where it is shown. The same note is kept once. */
ll_status ll_builder_note(ll_ctx *ctx, ll_builder *builder, const char *format, ...) LL_PRINTF(3, 4);
/* Names the d columns x1, x2, … */
ll_status ll_builder_columns(ll_ctx *ctx, ll_words *columns, size_t d);
/* [out] 0 or 1 for a label 0/1 or -1/1; false for other values, and where 0 and -1 are mixed. *seen [inout]: bits of the labels
 * so far, 0 at first. */
bool ll_builder_label(double value, unsigned *seen, ll_real *out);

#endif
