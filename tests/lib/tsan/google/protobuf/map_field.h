// Found before libprotobuf's own in builds for ThreadSanitizer. Under it that header gives map
// fields two more members, which a libprotobuf that was built without (Debian's) does not know of:
// every message with a map then has another layout here than there, and is destroyed.
#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include_next <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")
