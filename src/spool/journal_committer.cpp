// SPDX-License-Identifier: ISC
//
// spool/journal_committer.cpp - commits a group of messages by one write and one sync.

#include "spool/journal_committer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "spool/delivery.h"

namespace postern::spool {

namespace {

constexpr std::chrono::seconds checkpoint_interval{1};
constexpr std::chrono::seconds least_patience{1};
constexpr std::chrono::seconds most_patience{60};

// Of what comes as files.  No other reaches it.
constexpr Committer::Ticket first_large_ticket = Committer::Ticket{1} << 63;

constexpr std::array<char, journal_page> page_of_zeros{};
constexpr std::string_view zeros{page_of_zeros.data(), page_of_zeros.size()};

std::uint64_t in_pages(std::uint64_t octets) {
  return (octets + journal_page - 1) / journal_page * journal_page;
}

std::uint64_t end_of_records(std::uint64_t file_size) {
  return file_size / journal_page * journal_page;
}

// One message may take up a quarter of the room, so that none waits for an empty journal.
std::size_t fitting(std::size_t octets, std::uint64_t file_size) {
  constexpr std::size_t head_and_name = 512;
  const std::uint64_t room = (end_of_records(file_size) - journal_records_begin) / 4;
  return static_cast<std::size_t>(std::min<std::uint64_t>(octets, room - head_and_name));
}

// "tmp/<name>" without its directory.
std::string_view name_of(const WrittenMessage& message) {
  const std::string_view path = message.tmp_path();
  return path.substr(path.find('/') + 1);
}

std::uint64_t size_of_record(const WrittenMessage& message) {
  return record_size(name_of(message).size(), message.text().size());
}

}  // namespace

// Both blocks get the new round before there is a record of it: were only one of them written and
// then damaged, the other would say that the slot is clean.
Result<std::unique_ptr<JournalCommitter>> JournalCommitter::start(Setup setup, JournalSlot slot,
                                                                  std::uint64_t round) {
  slot.file->stop_reading();
  setup.written.store(0);  // it was about another round
  slot.header.round = round;
  slot.header.sequence = first_sequence;
  slot.header.is_clean = false;
  for (int block = 0; block < 2; ++block) {
    ++slot.header.generation;
    if (auto written = write_header(*slot.file, slot.header); !written) {
      return tl::unexpected(std::move(written.error()));
    }
  }
  setup.written.store(first_sequence - 1);
  // The constructor is not for others to call.
  return std::unique_ptr<JournalCommitter>(new JournalCommitter(std::move(setup), std::move(slot)));
}

JournalCommitter::JournalCommitter(Setup setup, JournalSlot slot)
    : files_(setup.files),
      flusher_(setup.flusher),
      written_(setup.written),
      clock_(std::move(setup.clock)),
      on_failed_(std::move(setup.on_failed)),
      most_in_memory_(fitting(setup.most_in_memory, slot.header.size)),
      name_(cat("journal/", slot_name(slot.number))),
      file_(std::move(slot.file)),
      header_(slot.header),
      room_(journal_records_begin, end_of_records(slot.header.size)),
      large_(files_, first_large_ticket) {}

Committer::Ticket JournalCommitter::submit(WrittenMessage message, Completion completion) {
  if (message.is_file() && !failure_) {
    return large_.submit(std::move(message), std::move(completion));
  }
  return waiting_.add(std::move(message), std::move(completion));
}

bool JournalCommitter::withdraw(Ticket ticket) {
  return waiting_.withdraw(ticket) || large_.withdraw(ticket);
}

void JournalCommitter::flush() {
  large_.flush();
  begin_group();
}

bool JournalCommitter::has_waiting() const {
  return large_.has_waiting() || can_begin_group();
}

bool JournalCommitter::can_begin_group() const {
  if (waiting_.empty() || syncing_) return false;
  if (failure_ || deliver_again_at_) return true;  // at the least they are refused
  return in_pages(size_of_record(waiting_.front())) <= room_.most();
}

void JournalCommitter::begin_group() {
  if (waiting_.empty() || syncing_) return;
  if (failure_) return refuse_waiting(*failure_);
  auto group = gather_group();
  if (!group) {
    // Nobody knows when there will be room, if the Maildir takes nothing.
    if (deliver_again_at_) {
      const Error full{Errc::temporary, "the journal is full, and the Maildir takes nothing",
                       ENOSPC};
      return refuse_waiting(full);
    }
    return checkpoint();
  }
  if (const auto written = write(*group); !written) {
    return refuse(*group, written.error());
  }
  syncing_ = std::move(*group);
  flusher_.sync_journal([this](const Result<void>& synced) { on_synced(synced); });
}

// As many as there is room for, in the order in which they came.
std::optional<JournalCommitter::Group> JournalCommitter::gather_group() {
  const std::uint64_t most = std::min(room_.most(), room_.size() / 2);
  std::uint64_t octets = 0;
  Group group{0, 0, next_sequence_, {}};
  while (!waiting_.empty()) {
    const std::uint64_t more = size_of_record(waiting_.front());
    if (in_pages(octets + more) > most) break;
    octets += more;
    group.messages.push_back(waiting_.take_front());
  }
  if (group.messages.empty()) return std::nullopt;
  next_sequence_ += group.messages.size();
  group.octets = in_pages(octets);
  group.begin = room_.claim(group.octets, next_sequence_ - 1);
  return group;
}

// To the end of the last page, which the system would otherwise have to read first.
Result<void> JournalCommitter::write(const Group& group) {
  std::vector<std::string> heads;
  heads.reserve(group.messages.size());  // no head may move: pieces refers to them
  std::vector<std::string_view> pieces;
  std::uint64_t octets = 0;
  for (const SubmittedMessage& submitted : group.messages) {
    const JournalRecord record{header_.round, group.first + heads.size(), group.first,
                               name_of(submitted.message), submitted.message.text()};
    heads.push_back(format_record_head(record));
    const std::uint64_t size = size_of_record(submitted.message);
    pieces.emplace_back(heads.back());
    pieces.emplace_back(record.text);
    pieces.emplace_back(zeros.substr(0, size - heads.back().size() - record.text.size()));
    octets += size;
  }
  pieces.emplace_back(zeros.substr(0, group.octets - octets));
  return file_->write(group.begin, pieces);
}

void JournalCommitter::on_synced(const Result<void>& synced) {
  Group group = std::move(*syncing_);
  syncing_.reset();
  if (!synced) {
    distrust(synced.error());
    return refuse(group, synced.error());
  }
  // The answers first, then the disk's next work; the files are in nobody's way.
  for (std::size_t i = 0; i < group.messages.size(); ++i) {
    undelivered_.push_back({group.first + i, std::move(group.messages[i].message)});
  }
  for (const SubmittedMessage& submitted : group.messages) submitted.completion({});
  begin_group();
  deliver_all();
  if (wants_checkpoint()) checkpoint();
  finish_shut_down();
}

// What was refused must not be found by recovery.  Once it is gone from the disk its sequences may
// be others'.
void JournalCommitter::refuse(const Group& group, const Error& error) {
  if (const auto erased = erase(group); erased) {
    room_.give_back();
    next_sequence_ = group.first;
  } else {
    log::write(log::Level::alert, "spool_undo_failed",
               {{"file", name_}, {"error", erased.error().message()}});
    distrust(erased.error());
  }
  for (const SubmittedMessage& submitted : group.messages) {
    submitted.completion(tl::unexpected(error));
  }
  tell_failure();
}

// Waits for the disk: that is rare, and nobody may be answered before.  Twice if need be: the first
// sync may only tell of the write that was lost before, and not of this one.
Result<void> JournalCommitter::erase(const Group& group) {
  const std::vector<std::string_view> pages(group.octets / journal_page, zeros);
  const auto try_once = [&]() -> Result<void> {
    if (auto written = file_->write(group.begin, pages); !written) return written;
    return file_->sync();
  };
  if (try_once()) return {};
  return try_once();
}

void JournalCommitter::refuse_waiting(const Error& error) {
  // A completion may submit, so they are taken out first.
  for (const SubmittedMessage& submitted : waiting_.take_all()) {
    submitted.completion(tl::unexpected(error));
  }
}

// In the order of their records: that is what the mark is about.
void JournalCommitter::deliver_all() {
  while (!undelivered_.empty() && !deliver_again_at_) {
    const auto& [sequence, message] = undelivered_.front();
    const Delivery delivery{sequence, message.tmp_path(), message.new_path(), message.text()};
    const auto delivered = deliver(files_, delivery, written_.load() == 0 ? nullptr : &written_);
    if (delivered) {
      undelivered_.pop_front();
      patience_ = least_patience;
      if (!checkpoint_at_) checkpoint_at_ = clock_() + checkpoint_interval;
      continue;
    }
    if (patience_ == least_patience) {
      log::write(log::Level::alert, "journal_delivery_failed",
                 {{"file", message.new_path()}, {"error", delivered.error().message()}});
    }
    deliver_again_at_ = clock_() + patience_;
    patience_ = std::min(2 * patience_, most_patience);
  }
}

std::uint64_t JournalCommitter::first_undelivered() const {
  if (!undelivered_.empty()) return undelivered_.front().sequence;
  return syncing_ ? syncing_->first : next_sequence_;
}

// Before there is no room at all, or because somebody waits for it.
bool JournalCommitter::wants_checkpoint() const {
  return room_.used() > room_.size() / 2 || (!waiting_.empty() && !syncing_);
}

void JournalCommitter::checkpoint() {
  if (is_checkpointing_ || failure_ || is_clean_) return;
  JournalHeader header = header_;
  ++header.generation;
  header.sequence = first_undelivered();
  header.is_clean = is_shutting_down_ && header.sequence == next_sequence_ && waiting_.empty();
  if (header.sequence == header_.sequence && !header.is_clean) return;
  checkpoint_at_.reset();
  is_checkpointing_ = true;
  flusher_.checkpoint({header_offset(header.generation), format_header(header)},
                      [this, header](const Result<void>& done) { on_checkpoint(header, done); });
}

void JournalCommitter::on_checkpoint(const JournalHeader& header, const Result<void>& done) {
  is_checkpointing_ = false;
  if (!done) {
    distrust(done.error());
    return tell_failure();
  }
  header_ = header;
  is_clean_ = header.is_clean;
  room_.free_before(header.sequence);
  begin_group();
  if (wants_checkpoint()) checkpoint();
  finish_shut_down();
}

std::optional<Committer::TimePoint> JournalCommitter::next_deadline() const {
  if (is_checkpointing_ || failure_ || !checkpoint_at_) return deliver_again_at_;
  if (!deliver_again_at_) return checkpoint_at_;
  return std::min(*checkpoint_at_, *deliver_again_at_);
}

void JournalCommitter::on_timer() {
  const TimePoint now = clock_();
  if (deliver_again_at_ && now >= *deliver_again_at_) {
    deliver_again_at_.reset();
    deliver_all();
  }
  if (checkpoint_at_ && now >= *checkpoint_at_) checkpoint();
  begin_group();
  finish_shut_down();
}

void JournalCommitter::shut_down() {
  is_shutting_down_ = true;
  flush();
  finish_shut_down();
}

// The last checkpoint.
void JournalCommitter::finish_shut_down() {
  if (!is_shutting_down_ || !waiting_.empty() || syncing_ || !undelivered_.empty()) return;
  checkpoint();
}

bool JournalCommitter::is_shut_down() const {
  if (!is_shutting_down_ || !waiting_.empty() || syncing_ || large_.has_waiting()) return false;
  return is_clean_ || failure_ || deliver_again_at_;
}

// From now on all are refused.  If the disk has failed, the mark does not tell recovery either that
// anything is safe; a flusher that is merely gone has changed nothing of what is in the Maildir.
void JournalCommitter::distrust(const Error& error) {
  if (error.sys_errno != 0) written_.store(0);
  if (failure_) return;
  failure_ = error;
  log::write(log::Level::alert, "journal_failed", {{"file", name_}, {"error", error.message()}});
}

void JournalCommitter::tell_failure() {
  if (!failure_) return;
  refuse_waiting(*failure_);
  if (on_failed_) std::exchange(on_failed_, nullptr)();
}

}  // namespace postern::spool
