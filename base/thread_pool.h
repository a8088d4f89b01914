#pragma once

#include <atomic>
#include <memory>
#include <vector>

namespace gpt2run {

// Threads that wait for work beside the one that hands it out. Each has a cache line of its own,
// through which a part of a job is handed over and its end reported: about half a microsecond for
// two threads. A part whose thread has not begun by the time the caller is done with its own is
// taken back and run by the caller, so that a thread that sleeps, or that other programs keep from
// a processor, delays nobody.
// Owns: its threads; their number is made good by run(), not before.
// Threads: every member may be called from any thread, at any time but during a fork.
class ThreadPool {
 public:
  // Runs part `part` of `n_parts` of a job.
  using Task = void (*)(const void* job, int part, int n_parts) noexcept;

  enum class Waiting {
    kSpin,   // for some microseconds, where there is a processor for each thread; then sleep
    kSleep,  // at once: for machines with other work to do
  };

  explicit ThreadPool(Waiting waiting);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls task(job, part, n_parts) once for each part in [0, n_parts), the first on this thread,
  // and returns when all have ended.
  //   n_threads  the pool has so many from now on, the caller counted
  //   max_parts  n_parts is the lesser of both; or fewer, where no more threads can be created; or
  //              1, where another thread is using the pool or a task calls this
  // Requires: n_threads >= 1, max_parts >= 1. A task does not fork.
  void run(int n_threads, int max_parts, Task task, const void* job);

  // Ends the threads, unless a job is running. The next run() creates them again.
  void stop();

  // For the child of a fork, where the threads do not exist: the next run() creates them. Where
  // another thread was using the pool at that moment, the child computes with one thread.
  void forget_threads();

 private:
  struct Worker;

  void resize(int n_threads);

  const Waiting waiting_;
  std::atomic<bool> is_busy_{false};  // by the thread that set it; it guards what follows
  int n_threads_ = 1;  // that the pool was made for: more than it has, if some failed
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace gpt2run
