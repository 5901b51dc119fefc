// A piece of SQL with its bound parameters, as filters and orders compile to.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_SQL_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_SQL_H_

#include <string>
#include <vector>

#include "services/common/db/value.h"

namespace colloquy::resource {

using SqlValue = db::Value;

// `sql` is a complete boolean expression that can stand between ANDs as it is, with one `?` for
// each of `params`, in order.
struct SqlFragment {
  std::string sql;
  std::vector<SqlValue> params;
};

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_SQL_H_
