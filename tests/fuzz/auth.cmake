colloquy_fuzzer(api_key_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/api_key_fuzz.cc DEPS colloquy_auth)
