colloquy_fuzzer(rrule_fuzz SRCS ${CMAKE_CURRENT_SOURCE_DIR}/rrule_fuzz.cc DEPS colloquy_events_rules)
