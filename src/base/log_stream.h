// SPDX-License-Identifier: ISC
//
// base/log_stream.h - lines of the log that go to a file or to standard error.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace postern::log {

// Writes lines to a descriptor, which it does not own, each at once or many together.  Lines of
// several processes do not mix: no write ends inside of one, and what goes to a pipe is written in
// pieces that the kernel keeps in one (pipe(7)).  If the disk of the log is full mail goes on, and
// what was written of a line is ended before the next.
class LogStream {
 public:
  explicit LogStream(int fd) : fd_(fd) {}

  // From now on there; what was gathered goes to where lines went before.  Returns how many of
  // those are given up.
  std::size_t change(int fd);

  // line is without its end.  Returns how many lines, of this and older ones, are given up for it.
  std::size_t write(std::string_view line);

  // From now on lines wait for flush, as far as there is room.
  void gather();
  bool is_gathering() const { return gathered_ != nullptr; }

  // Writes what waits.  Returns how many lines are given up.
  std::size_t flush();

  // Nothing waits, and nothing is gathered any more: a child process must not write what its parent
  // will.
  void forget();

  // Writes what waits while the process dies: no more than a handler of signals may do.
  void rescue() const noexcept;

 private:
  void find_limit();
  std::size_t write_now(std::string_view lines);

  int fd_;
  bool is_at_line_start_ = true;
  std::size_t limit_ = 0;  // of one write with several lines
  std::unique_ptr<char[]> gathered_;
  volatile std::size_t size_ = 0;  // of what is gathered; changed when the octets are there
};

}  // namespace postern::log
