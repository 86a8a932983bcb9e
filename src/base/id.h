// SPDX-License-Identifier: ISC
//
// base/id.h - short names that no two sessions of this host share.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace postern {

// Makes names such as "1gk3v8zt4w02p9": the microsecond, never the same twice from one
// generator, and the process id.  Lower-case letters and digits only, so that a name serves in
// a log line, a reply, a header field and a file name; later names sort behind earlier ones.
class IdGenerator {
 public:
  explicit IdGenerator(std::uint32_t process_id) : process_id_(process_id) {}

  std::string next(std::chrono::system_clock::time_point now);

 private:
  std::uint64_t last_microsecond_ = 0;
  std::uint32_t process_id_;
};

}  // namespace postern
