// SPDX-License-Identifier: ISC
//
// sandbox/landlock.h - which files a process can reach, by the kernel's Landlock.

#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace postern::sandbox {

struct Landlock {
  // What may be done in a directory and below it; to be combined.
  enum Right : std::uint64_t {
    write_file = 1U << 1,   // open for writing
    read_file = 1U << 2,    // open for reading
    list = 1U << 3,         // open the directory itself
    remove_file = 1U << 5,  // and rename it away
    create_file = 1U << 8,  // regular files only
    move_file = 1U << 13,   // between directories that both have it
  };

  struct Rule {
    int directory;  // a descriptor
    std::uint64_t rights;
  };

  // Of the kernel's Landlock; 0 if it has none or it is switched off.
  static int version();

  // With older ones no process can rename a file from one directory into another.
  static constexpr int moves_files = 2;

  // From now on this process, and its children, can do nothing with files but what the rules say
  // and what descriptors that are open already allow; nor, where the kernel's version knows how,
  // bind or connect TCP sockets (4), and reach abstract Unix-domain sockets or send signals
  // outside (6).  PR_SET_NO_NEW_PRIVS must be set.  On an error nothing has changed.
  // With network, what is said of TCP does not hold, nor of abstract sockets.
  static Result<void> enforce(std::span<const Rule> rules, bool network = false);
};

}  // namespace postern::sandbox
