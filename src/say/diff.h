/* Two logs compared, as text for a person. */
#ifndef AVOW_SAY_DIFF_H
#define AVOW_SAY_DIFF_H

#include "base/buf.h"
#include "explain/compare.h"
#include "say/answer.h"

/* New causes in full, then what is still there, then what is gone. */
void say_diff(struct buf *b, const struct answer *before,
    const struct answer *after, const struct change *changes,
    const struct page *page);

#endif
