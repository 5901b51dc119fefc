colloquy_fuzzer(filter_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/filter_fuzz.cc
  DEPS colloquy_resource SQLite::SQLite3)
colloquy_fuzzer(page_token_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/page_token_fuzz.cc DEPS colloquy_resource)
colloquy_fuzzer(resource_name_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/resource_name_fuzz.cc
  DEPS colloquy_resource)
colloquy_fuzzer(email_address_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/email_address_fuzz.cc
  DEPS colloquy_resource)
