// What a page says when something cannot be done: what happened and what to do, never internals.
// Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_PAGES_ERRORS_H_
#define COLLOQUY_SERVICES_WEB_PAGES_ERRORS_H_

#include "absl/status/status.h"
#include "services/web/http/message.h"
#include "services/web/pages/reader.h"

namespace colloquy::web {

// Where a reader came to it by.
enum class By { kAddress, kLink };

// The page for an error of a service. A link that is unknown and one that was taken back look
// alike.
Answer ErrorPage(const Reader& reader, const absl::Status& error, By by);

// The page for a request that no service was asked about: 400, 404, 405, 413, 414, 415, 429, 431,
// 500, 503 and so on.
Answer RefusalPage(const Reader& reader, int status);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_PAGES_ERRORS_H_
