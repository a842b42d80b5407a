// No code: the header must compile as C on its own, and these offsets must never change.
#include "nhan_plugin.h"

_Static_assert(offsetof(nhan_plugin, id) == 16, "nhan_plugin");
_Static_assert(offsetof(nhan_stage, create) == 48, "nhan_stage");
_Static_assert(offsetof(nhan_extractor, merge) == 56, "nhan_extractor");
_Static_assert(offsetof(nhan_classifier, linear) == 40, "nhan_classifier");
_Static_assert(offsetof(nhan_batch, body_starts) == 32, "nhan_batch");
