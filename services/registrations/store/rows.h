// What the stores of this room have in common.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_ROWS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_ROWS_H_

#include "services/common/resource/rows.h"

namespace colloquy::registrations::store {

using resource::Key;
using resource::Micros;
using resource::ParseMessage;
using resource::QueryIn;
using resource::UidOf;

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_ROWS_H_
