/* losslab/inputs.h: what the inputs of an evaluation are. Losses, divergences, distances and metrics describe theirs in the same
 * way, and one check compares what is given with the description. */
#ifndef LOSSLAB_INPUTS_H
#define LOSSLAB_INPUTS_H

#ifdef __cplusplus
extern "C" {
#endif

/* What the elements of an input are; finite in every role. */
typedef enum ll_input_role {
  LL_INPUT_MATRIX,        /* scores, logits, features, embeddings, …: any numbers */
  LL_INPUT_NUMBERS,       /* the same as a vector */
  LL_INPUT_BINARY,        /* labels in {0,1} or {-1,+1}, not mixed */
  LL_INPUT_CLASS,         /* labels in 1..K; K is the extent of the letter k, where one of the shapes has it */
  LL_INPUT_IDENTITY,      /* labels of which only equality counts: whole numbers less than LL_WHOLE in size */
  LL_INPUT_RELEVANCE,     /* grades: numbers >= 0; a decoy's label, -1, counts as 0 */
  LL_INPUT_GRADES,        /* numbers >= 0, or all of them -1 or 1 */
  LL_INPUT_NEIGHBOURS,    /* row numbers of the first input, from 1 */
  LL_INPUT_PROBABILITIES, /* numbers >= 0 whose sum is within LL_PROBABILITY_TOLERANCE of 1 */
  LL_INPUT_DISTRIBUTIONS, /* the same of each row */
  LL_INPUT_SIZES,         /* numbers >= 0: weights, densities */
  LL_INPUT_ROLE_COUNT
} ll_input_role;

/* How far from 1 probabilities may sum. In single precision each is rounded by up to 6e-8 of itself, and so is their sum. */
#ifdef LL_DOUBLE
#define LL_PROBABILITY_TOLERANCE 1e-9
#else
#define LL_PROBABILITY_TOLERANCE 1e-6
#endif

typedef struct ll_input {
  const char *name;  /* as in the reference figures: "scores", "labels", "anchor", … */
  const char *shape; /* "n,1", "n,d", "k,d"; "n": a vector, n×1 or 1×n; "*": any. A letter stands for the same extent in
                        all inputs of one evaluation, a digit for itself */
  ll_input_role role;
} ll_input;

/* "matrix", "numbers", "binary", "class", "identity", "relevance", "grades", "neighbours", "probabilities",
 * "distributions" or "sizes". */
const char *ll_input_role_name(ll_input_role role);

#ifdef __cplusplus
}
#endif
#endif
