colloquy_fuzzer(guest_list_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/guest_list_fuzz.cc DEPS colloquy_guest_list)
