colloquy_fuzzer(mime_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/mime_fuzz.cc DEPS colloquy_mail)
