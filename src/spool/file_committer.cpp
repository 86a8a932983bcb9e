// SPDX-License-Identifier: ISC
//
// spool/file_committer.cpp - commits a group of messages by syncing their files.

#include "spool/file_committer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace postern::spool {

namespace {

// What was refused is visible, or may be after a power failure: the client will send it again.
void alert_undo_failed(std::string_view file, const Error& error) {
  log::write(log::Level::alert, "spool_undo_failed", {{"file", file}, {"error", error.message()}});
}

}  // namespace

Committer::Ticket FileCommitter::submit(WrittenMessage message, Completion completion) {
  return waiting_.add(std::move(message), std::move(completion));
}

void FileCommitter::flush() {
  // A completion may submit, so the group is taken out first.
  Group group;
  for (SubmittedMessage& submitted : waiting_.take_all()) {
    group.push_back({std::move(submitted), {}});
  }
  if (group.empty()) return;
  sync_content(group);
  move_to_new(group);
  sync_new(group);
  for (const Member& member : group) member.submitted.completion(member.outcome);
}

void FileCommitter::sync_content(Group& group) {
  if (group.size() > few && sync_all_at_once()) return;
  for (Member& member : group) member.outcome = files_.sync_file(member.submitted.message.fd());
}

// The kernel reports a lost write to syncfs once, and the message that lost it may still be on
// its way in, to end up in a later group.  So after one failure each file is asked for itself,
// as long as this process lives; a file's own sync still reports what that file has lost.
bool FileCommitter::sync_all_at_once() {
  if (!trusts_sync_all_) return false;
  const auto synced = files_.sync_all();
  if (synced) return true;
  trusts_sync_all_ = false;
  log::write(log::Level::alert, "spool_syncfs_failed", {{"error", synced.error().message()}});
  return false;
}

void FileCommitter::move_to_new(Group& group) {
  for (Member& member : group) {
    if (!member.outcome) continue;
    WrittenMessage& message = member.submitted.message;
    member.outcome = files_.rename(message.tmp_path(), message.new_path());
    if (member.outcome) message.release();
  }
}

void FileCommitter::sync_new(Group& group) {
  const bool any_moved = std::any_of(
      group.begin(), group.end(), [](const Member& member) { return member.outcome.has_value(); });
  if (!any_moved) return;
  const auto synced = files_.sync_directory("new");
  if (!synced) undo(group, synced.error());
}

void FileCommitter::undo(Group& group, const Error& error) {
  for (Member& member : group) {
    if (!member.outcome) continue;
    const std::string& path = member.submitted.message.new_path();
    // ENOENT is worth an alert as well: a reader was quicker and has the message.
    if (const auto removed = files_.remove(path); !removed)
      alert_undo_failed(path, removed.error());
    member.outcome = tl::unexpected(error);
  }
  // The rename may be on the disk in spite of the error, and the removal must follow it there,
  // or a power failure would bring back what was refused.
  if (const auto synced = files_.sync_directory("new"); !synced) {
    alert_undo_failed("new", synced.error());
  }
}

}  // namespace postern::spool
