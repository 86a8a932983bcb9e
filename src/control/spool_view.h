// SPDX-License-Identifier: ISC
//
// control/spool_view.h - the messages in the spool, for who administers it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "control/status.h"

namespace postern::control {

// A message in new/ or cur/, by its file's name (postern-spool(5)).
struct SpooledMessage {
  std::string id;
  std::string path;          // below the spool, "new/..."
  bool is_taken = false;     // in cur/
  std::int64_t seconds = 0;  // since 1970, when it came
  std::uint64_t octets = 0;
};

// Opens the spool once and works below it ever after, whatever the process may reach later.
// Programs that drain the spool do so at the same time; a message that one of them has just taken
// is found where it is now, or is no error but gone.
class SpoolView {
 public:
  static Result<SpoolView> open(const std::string& path);

  Result<SpoolStatus> status(std::int64_t now) const;

  // The oldest first.
  Result<std::vector<SpooledMessage>> list() const;

  Result<SpooledMessage> find(const std::string& id) const;

  // The beginning of the file, at most so many octets.
  Result<std::string> read(const SpooledMessage& message, std::size_t max_octets) const;

  // Gives a message that a program has taken back to all: from cur/ to new/, without flags.
  Result<void> release(const SpooledMessage& message) const;

  Result<void> remove(const SpooledMessage& message) const;

 private:
  explicit SpoolView(UniqueFd root) : root_(std::move(root)) {}

  Result<void> append(const std::string& directory, std::vector<SpooledMessage>& messages) const;

  UniqueFd root_;
};

}  // namespace postern::control
