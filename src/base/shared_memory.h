// SPDX-License-Identifier: ISC
//
// base/shared_memory.h - memory that several processes see.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern {

// Belongs to this process, to those that it forks from now on, and to whoever is given the
// descriptor.  Pages take up memory when they are first used, so a large one may be cheap.
//
// All of them can write to it, the least trusted too.  So nothing that is read from it may decide
// where somebody else writes: no pointers, and no number that is an index unless it is checked.
class SharedMemory {
 public:
  // What is in it, as far as who takes it over must know.  The number changes whenever the same
  // octets mean something else; a change of the size is noticed without it.
  struct Layout {
    const char* name;  // seen in /proc
    std::uint32_t number;
    std::size_t size;
  };

  // New memory, all octets zero.
  static Result<SharedMemory> create(const Layout& layout);

  // The memory that was created by who had this descriptor first, perhaps another version of this
  // program.  Fails if its layout is another one.
  static Result<SharedMemory> adopt(UniqueFd fd, const Layout& layout);

  // For whoever cannot go on without: the log says why, and the process is aborted.
  static SharedMemory create_or_abort(const Layout& layout);

  // The same, but what fd leads to is adopted if it is open and its layout the same.
  static SharedMemory adopt_or_create(UniqueFd fd, const Layout& layout);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) = delete;
  ~SharedMemory();

  // From now on this process, and those that it forks, can only read, whatever they try.  The
  // descriptor is closed.
  Result<void> make_read_only();

  void* get() const;  // aligned for everything, to a cache line at least
  // Before its time: get() must not be used afterwards.
  void let_go();

  int fd() const { return fd_.get(); }

 private:
  SharedMemory(UniqueFd fd, std::size_t mapped_size, void* memory);
  static Result<SharedMemory> map(UniqueFd fd, const Layout& layout);

  UniqueFd fd_;
  std::size_t mapped_size_;
  void* memory_;  // nullptr: moved away
};

}  // namespace postern
