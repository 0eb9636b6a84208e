/* losslab/scores.h: the scores of a trial's part as bytes: of E epochs, each `count` float32 (rows × columns, row by row), without
 * loss, or as ranks.
 *
 * Scores of an epoch are near those of the epoch before, so the difference has fewer bits; what is left of them is noise, which
 * nothing makes smaller: about two thirds of the bytes stay for scores of a network, one quarter for their ranks. What the bytes
 * are is told by a number beside them, the coding:
 *
 * 0  float32, little-endian, epoch after epoch. What cannot be made smaller is kept so.
 * 1  packed without loss: every bit comes back, -0, infinities and NaN with their bits too.
 * 2  ranks, packed: for each epoch the scores' places in ascending order, from 1, equal scores (-0 and 0 are) sharing one and the
 *    next following by 1. Order and ties are kept, so AUC, partial AUC, average precision, NDCG, FDR and every metric of ranks
 *    come out the same; the scores themselves, and with them probabilities, thresholds, losses and histograms, are lost.
 *
 * The bytes of 1 and 2, little-endian: "lscr", uint8 version (1), uint8 coding, uint16 0, uint32 CRC-32 (zlib's) of all that
 * follows, uint32 epochs, uint32 count, int8 slope of each epoch, then four planes, each uint32 size and so many bytes.
 * Each score becomes a uint32 whose order is that of the numbers (the bits, all inverted if negative, else the highest; or the
 * rank from 0). Of an epoch after the first the prediction is taken from it, modulo 2^32: a + (a - b) slope / 4, rounded down, a
 * and b being the same score one and two epochs before (b = a in the second epoch, and in the first the prediction is 0). The
 * remainder r, seen as signed, is written as 2r or -2r - 1. Plane k holds byte 3 - k of all these, epoch after epoch: as it is
 * where its size is epochs × count, else as one frame of zstd whose window is at most 128 kB. The same scores give the same bytes
 * with the same version of zstd. Bytes that are damaged are told: LL_ERR_FORMAT, never other scores. */
#ifndef LOSSLAB_SCORES_H
#define LOSSLAB_SCORES_H

#include "losslab/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ll_scores_coding { LL_SCORES_RAW, LL_SCORES_PACKED, LL_SCORES_RANKS, LL_SCORES_CODINGS } ll_scores_coding;

/* Packs scores[epochs][count] as asked. [out] *coding: how it was done: as asked, or LL_SCORES_RAW where LL_SCORES_PACKED would not
 * be smaller, or where epochs × count is beyond 2^32 - 1; [out] *bytes, *size: to be given to ll_free. Takes as much memory
 * again as the scores, and some. LL_ERR_RANGE: another coding; ranks of more than 2^24 scores an epoch, which a float does not
 * tell apart. LL_ERR_NUMBER: a NaN has no rank. LL_ERR_MEMORY. */
ll_status ll_scores_pack(ll_ctx *ctx, const float *scores, size_t epochs, size_t count, ll_scores_coding asked,
                         ll_scores_coding *coding, void **bytes, size_t *size);

/* [out] *count: how many scores an epoch has in size bytes that hold so many epochs. What a header promises may be far more than
 * there is: check it before memory is taken by it. LL_ERR_FORMAT: an unknown coding, a damaged header, another number of epochs. */
ll_status ll_scores_count(ll_ctx *ctx, int coding, const void *bytes, size_t size, size_t epochs, size_t *count);

/* The scores epoch after epoch, whatever their number: holds a few epochs' worth of memory (8 × count bytes and what zstd needs,
 * about 1 MB at most; nothing for coding 0). bytes are borrowed until the close. */
typedef struct ll_scores ll_scores;

/* [out] *out: before the first epoch, to be given to ll_scores_close. LL_ERR_FORMAT: not the bytes of so many epochs of count
 * scores each, or damaged. LL_ERR_MEMORY. */
ll_status ll_scores_open(ll_ctx *ctx, int coding, const void *bytes, size_t size, size_t epochs, size_t count, ll_scores **out);
/* The next epoch into values[count]; NULL passes it over. LL_ERR_RANGE: past the last. LL_ERR_FORMAT: damaged. */
ll_status ll_scores_next(ll_scores *scores, float *values);
void ll_scores_close(ll_scores *scores); /* NULL is allowed */

/* Epochs from .. from + n - 1 (counting from 0) of them into out[n][count]. Errors of ll_scores_open and ll_scores_next; the
 * epochs before `from` are read, but not kept. */
ll_status ll_scores_unpack(ll_ctx *ctx, int coding, const void *bytes, size_t size, size_t epochs, size_t count, size_t from,
                           size_t n, float *out);

#ifdef __cplusplus
}
#endif
#endif
