/* What the files of this folder share: how the texts of matches are held. */
#ifndef LOSSLAB_ENGINE_PSM_H
#define LOSSLAB_ENGINE_PSM_H

#include "engine/data/read/pin.h"
#include "losslab/psm.h"

struct ll_psms_texts {
  ll_texts texts; /* LL_PIN_TEXT_ID, … of each row */
  ll_words files, scans;
  uint32_t *prefixes; /* [opt] of each row what stands before the scan in its id, where scans come from ids, as a number */
};

#endif
