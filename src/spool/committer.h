// SPDX-License-Identifier: ISC
//
// spool/committer.h - the moment a message becomes the server's responsibility.

#pragma once

#include <functional>

#include "base/result.h"
#include "spool/message_writer.h"

namespace postern::spool {

// Makes written messages durable and visible.  A completion says, exactly once, whether its
// message is safe: success means it is on stable storage and in new/, so the client may be
// answered 250 (RFC 5321 6.1); an error means that nothing of it is or will be visible, within
// the limits that postern-spool(5) states.
//
// Completions are called from flush, never from submit.  They may submit further messages,
// which wait for the next flush; they must not destroy the committer.  A
// committer that is destroyed drops what still waits: the files are removed, the completions
// not called.
class Committer {
 public:
  using Completion = std::function<void(const Result<void>&)>;

  virtual ~Committer() = default;

  // Takes over a finished message.  The server calls flush once per turn of its loop, so all
  // that became ready in one turn is one group.
  virtual void submit(WrittenMessage message, Completion completion) = 0;

  // Commits all that waits now.
  virtual void flush() = 0;

  // Whether something waits for the next flush.
  virtual bool has_waiting() const = 0;
};

}  // namespace postern::spool
