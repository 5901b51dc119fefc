// Makes ThreadSanitizer see the locks of Abseil and of gRPC, which is built on them.
//
// Debian's libabsl is not instrumented and its mutex waits on a futex of its own, so TSan knows
// nothing of it and would report every use of what a mutex protects. These definitions take the
// place of the library's for the whole process (the dynamic linker asks the program first), tell
// TSan what is acquired and released, and call the real ones. Linked into TSan builds only.
//
// Reads are ignored inside: an unlocking thread evaluates the conditions of those who wait
// (Mutex::Await), after it has told TSan of the release.
#include <dlfcn.h>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

class Quiet {
 public:
  Quiet() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~Quiet() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
};

template <typename Result, typename... Arguments>
Result CallReal(void*& real, const char* symbol, Arguments... arguments) {
  void* function = __atomic_load_n(&real, __ATOMIC_ACQUIRE);
  if (function == nullptr) {
    function = dlsym(RTLD_NEXT, symbol);
    __atomic_store_n(&real, function, __ATOMIC_RELEASE);
  }
  const Quiet quiet;
  return reinterpret_cast<Result (*)(Arguments...)>(function)(arguments...);
}

// absl::Time and absl::Duration as they are passed: twelve trivially copyable bytes.
struct Moment {
  long long high;
  unsigned low;
};

}  // namespace

#define COLLOQUY_REAL(result, symbol, ...)              \
  [&] {                                                 \
    static void* real = nullptr;                        \
    return CallReal<result>(real, symbol, __VA_ARGS__); \
  }()

// Takes a lock, or finds out whether it is free.
#define COLLOQUY_ACQUIRE(name, symbol)           \
  extern "C" void name(void* mutex) asm(symbol); \
  extern "C" void name(void* mutex) {            \
    COLLOQUY_REAL(void, symbol, mutex);          \
    __tsan_acquire(mutex);                       \
  }
#define COLLOQUY_TRY(name, symbol)                         \
  extern "C" bool name(void* mutex) asm(symbol);           \
  extern "C" bool name(void* mutex) {                      \
    const bool taken = COLLOQUY_REAL(bool, symbol, mutex); \
    if (taken) __tsan_acquire(mutex);                      \
    return taken;                                          \
  }
#define COLLOQUY_RELEASE(name, symbol)           \
  extern "C" void name(void* mutex) asm(symbol); \
  extern "C" void name(void* mutex) {            \
    __tsan_release(mutex);                       \
    COLLOQUY_REAL(void, symbol, mutex);          \
  }
// Waits with the lock held before and after.
#define COLLOQUY_WAIT(name, symbol)                                     \
  extern "C" void name(void* mutex, const void* condition) asm(symbol); \
  extern "C" void name(void* mutex, const void* condition) {            \
    __tsan_release(mutex);                                              \
    COLLOQUY_REAL(void, symbol, mutex, condition);                      \
    __tsan_acquire(mutex);                                              \
  }
#define COLLOQUY_WAIT_UNTIL(name, symbol)                                             \
  extern "C" bool name(void* mutex, const void* condition, Moment until) asm(symbol); \
  extern "C" bool name(void* mutex, const void* condition, Moment until) {            \
    __tsan_release(mutex);                                                            \
    const bool met = COLLOQUY_REAL(bool, symbol, mutex, condition, until);            \
    __tsan_acquire(mutex);                                                            \
    return met;                                                                       \
  }

COLLOQUY_ACQUIRE(ColloquyTsanLock, "_ZN4absl7debian35Mutex4LockEv")
COLLOQUY_ACQUIRE(ColloquyTsanReaderLock, "_ZN4absl7debian35Mutex10ReaderLockEv")
COLLOQUY_TRY(ColloquyTsanTryLock, "_ZN4absl7debian35Mutex7TryLockEv")
COLLOQUY_TRY(ColloquyTsanReaderTryLock, "_ZN4absl7debian35Mutex13ReaderTryLockEv")
COLLOQUY_RELEASE(ColloquyTsanUnlock, "_ZN4absl7debian35Mutex6UnlockEv")
COLLOQUY_RELEASE(ColloquyTsanReaderUnlock, "_ZN4absl7debian35Mutex12ReaderUnlockEv")
COLLOQUY_WAIT(ColloquyTsanLockWhen, "_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE")
COLLOQUY_WAIT(ColloquyTsanReaderLockWhen,
              "_ZN4absl7debian35Mutex14ReaderLockWhenERKNS0_9ConditionE")
COLLOQUY_WAIT(ColloquyTsanAwait, "_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE")
COLLOQUY_WAIT_UNTIL(ColloquyTsanAwaitTimeout,
                    "_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE")
COLLOQUY_WAIT_UNTIL(ColloquyTsanAwaitDeadline,
                    "_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE")

// Condition variables give the mutex, their second argument, up and take it again.
extern "C" void ColloquyTsanCondWait(void* variable,
                                     void* mutex) asm("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
extern "C" void ColloquyTsanCondWait(void* variable, void* mutex) {
  __tsan_release(mutex);
  COLLOQUY_REAL(void, "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE", variable, mutex);
  __tsan_acquire(mutex);
}
#define COLLOQUY_COND_UNTIL(name, symbol)                                      \
  extern "C" bool name(void* variable, void* mutex, Moment until) asm(symbol); \
  extern "C" bool name(void* variable, void* mutex, Moment until) {            \
    __tsan_release(mutex);                                                     \
    const bool late = COLLOQUY_REAL(bool, symbol, variable, mutex, until);     \
    __tsan_acquire(mutex);                                                     \
    return late;                                                               \
  }
COLLOQUY_COND_UNTIL(ColloquyTsanCondTimeout,
                    "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE")
COLLOQUY_COND_UNTIL(ColloquyTsanCondDeadline,
                    "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE")

// Who waits for a notification sees what was done before it.
COLLOQUY_RELEASE(ColloquyTsanNotify, "_ZN4absl7debian312Notification6NotifyEv")
COLLOQUY_ACQUIRE(ColloquyTsanWaitForNotification,
                 "_ZNK4absl7debian312Notification19WaitForNotificationEv")
#define COLLOQUY_NOTIFIED_UNTIL(name, symbol)                               \
  extern "C" bool name(void* notification, Moment until) asm(symbol);       \
  extern "C" bool name(void* notification, Moment until) {                  \
    const bool notified = COLLOQUY_REAL(bool, symbol, notification, until); \
    if (notified) __tsan_acquire(notification);                             \
    return notified;                                                        \
  }
COLLOQUY_NOTIFIED_UNTIL(
    ColloquyTsanNotifiedTimeout,
    "_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE")
COLLOQUY_NOTIFIED_UNTIL(
    ColloquyTsanNotifiedDeadline,
    "_ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE")
