colloquy_fuzzer(polis_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/polis_fuzz.cc DEPS colloquy_polis)
