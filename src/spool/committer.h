// SPDX-License-Identifier: ISC
//
// spool/committer.h - the moment a message becomes the server's responsibility.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "spool/message_writer.h"

namespace postern::spool {

// Makes written messages durable and visible.  A completion says, exactly once, whether its
// message is safe: success means that it is on stable storage, so the client may be answered 250
// (RFC 5321 6.1), and in new/ or on its way there; an error means that nothing of it is or will be
// visible, within the limits that postern-spool(5) states.  The error ENOSPC or EDQUOT: there is no
// room.
//
// Completions are called from flush, from on_timer, or from the event loop when the disk is done,
// but never from submit.  They may submit further messages, which wait for the next flush; they
// must not destroy the committer.  A committer that is destroyed drops what still waits: the files
// are removed, the completions not called.
class Committer {
 public:
  using Completion = std::function<void(const Result<void>&)>;
  using TimePoint = std::chrono::steady_clock::time_point;
  using Ticket = std::uint64_t;  // of a message that was submitted; no two are alike

  virtual ~Committer() = default;

  // Messages of up to this many octets may be handed over in memory (MessageWriter::create).
  // 0: all have to be files.
  virtual std::size_t most_in_memory() const = 0;

  // Takes over a finished message.  The server calls flush once per turn of its loop, so all
  // that became ready in one turn is one group.
  virtual Ticket submit(WrittenMessage message, Completion completion) = 0;

  // Gives a message up whose client need not be told any more that it is safe.  True: nothing of it
  // is or will be visible, and its completion is not called.  False: it is being committed, and its
  // completion was called or will be.
  virtual bool withdraw(Ticket ticket) = 0;

  // Commits what waits, or begins to: what has to wait for the disk goes on by itself.
  virtual void flush() = 0;

  // Whether another flush would do something at once, such as for what a completion has submitted.
  virtual bool has_waiting() const = 0;

  // When on_timer wants to be called; it may change whenever this object or a completion was
  // called.  Nothing: not at all.
  virtual std::optional<TimePoint> next_deadline() const = 0;
  virtual void on_timer() = 0;

  // After the last submit: brings all to an end.  May be called again.  The owner goes on with its
  // loop, flush and on_timer until is_shut_down; it must not be waited for in vain, so that becomes
  // true after a failure too.
  virtual void shut_down() = 0;
  virtual bool is_shut_down() const = 0;
};

}  // namespace postern::spool
