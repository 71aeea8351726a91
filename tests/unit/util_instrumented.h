/* util_instrumented: was the test built with sanitizers? Such code is watched, not timed. */
#ifndef PODA_TESTS_UTIL_INSTRUMENTED_H
#define PODA_TESTS_UTIL_INSTRUMENTED_H

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { INSTRUMENTED = 1 };
#else
enum { INSTRUMENTED = 0 };
#endif

#endif
