// SPDX-License-Identifier: ISC
//
// spool/journal_recovery.cpp - what a worker that died has left in the journal.

#include "spool/journal_recovery.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "spool/delivery.h"
#include "spool/journal_reader.h"
#include "spool/journal_scanner.h"
#include "spool/journal_slot.h"
#include "spool/maildir_repair.h"

namespace postern::spool {

namespace {

// A record that counts, and where it is: only one is in memory at a time.
struct Kept {
  std::uint64_t sequence;
  std::uint64_t offset;
  std::uint64_t size;
};

struct Contents {
  std::vector<Kept> records;  // by sequence
  std::uint64_t damaged = 0;  // that were acknowledged, or may have been, and are not among them
  std::uint64_t end = 0;      // the sequence behind the last that is known of
};

// Each record says up to where all was on stable storage when it was written; so what is missing
// before that was whole once.  What is missing behind may just never have been written.
Result<Contents> read_contents(JournalReader& reader, const JournalHeader& header) {
  Contents contents;
  std::uint64_t durable_before = header.sequence;
  JournalScanner scanner{reader, header.round};
  while (true) {
    const auto found = scanner.next();
    if (!found) return tl::unexpected(found.error());
    if (!*found) break;
    const JournalRecord& record = (*found)->record;
    if (record.sequence < header.sequence) continue;
    durable_before = std::max(durable_before, record.durable_before);
    contents.records.push_back({record.sequence, (*found)->offset, (*found)->size});
  }
  auto& records = contents.records;
  std::sort(records.begin(), records.end(),
            [](const Kept& a, const Kept& b) { return a.sequence < b.sequence; });
  contents.end = durable_before;
  if (!records.empty()) contents.end = std::max(contents.end, records.back().sequence + 1);
  const auto there = std::count_if(records.begin(), records.end(), [&](const Kept& kept) {
    return kept.sequence < durable_before;
  });
  const std::uint64_t wanted = durable_before - header.sequence;
  contents.damaged = wanted - std::min(wanted, static_cast<std::uint64_t>(there));
  // Nobody knows whether the last one was there.
  const bool is_whole = !reader.gap() && reader.size() >= header.size;
  if (!is_whole && contents.damaged == 0) contents.damaged = 1;
  return contents;
}

// A disk that fails, or whose file system does; not one that is full.
bool is_of_disk(const Error& error) {
  constexpr int numbers[] = {EIO, EROFS, EUCLEAN, ENXIO, ENODEV, ESTALE};
  return std::find(std::begin(numbers), std::end(numbers), error.sys_errno) != std::end(numbers);
}

// One slot, under its lock.
class SlotRecovery {
 public:
  enum class Written { no, perhaps, yes };

  SlotRecovery(FileOps& files, JournalDirectory& directory, unsigned number, JournalFile& file,
               WrittenMark& written)
      : files_(files),
        directory_(directory),
        number_(number),
        file_(file),
        reader_(file),
        written_(written) {}

  Result<JournalRecovery> run(std::optional<std::uint64_t> round);

 private:
  Result<void> make_durable(const Contents& contents);
  Result<void> bring(const Contents& contents);
  Result<void> bring(const JournalRecord& record);
  Result<Written> is_written(const Delivery& delivery);
  Result<void> write(const Delivery& delivery);
  Result<void> write_beside(const Delivery& delivery, const Error& refusal);
  Result<void> finish(const Contents& contents);
  Result<void> end_unreadable();
  Result<bool> is_empty();
  Result<bool> keep_aside();

  FileOps& files_;
  JournalDirectory& directory_;
  unsigned number_;
  JournalFile& file_;
  JournalReader reader_;
  WrittenMark& written_;
  std::optional<MaildirRepair> maildir_;
  std::set<std::uint64_t> told_;       // sequences of which the log says why they are refused
  std::set<std::uint64_t> only_here_;  // whose whole text is nowhere else
  JournalHeader header_;
  JournalRecovery report_;
};

Result<JournalRecovery> SlotRecovery::run(std::optional<std::uint64_t> round) {
  const auto blocks = reader_.read(0, journal_records_begin);
  if (!blocks) return tl::unexpected(blocks.error());
  const auto header = parse_headers(*blocks);
  if (!header && header.error().code == Errc::syntax) {
    if (auto ended = end_unreadable(); !ended) return tl::unexpected(ended.error());
    return report_;
  }
  if (!header) {
    return fail(header.error().code,
                cat("journal/", slot_name(number_), " ", header.error().message()));
  }
  if (header->is_clean) {
    if (!reader_.gap()) return report_;
    // It says nothing wrong; but the next worker had to write into the bad page.
    if (const auto kept = keep_aside(); !kept) return tl::unexpected(kept.error());
    return report_;
  }
  if (round && header->round != *round) return JournalRecovery{.held = 1};
  header_ = *header;
  const auto contents = read_contents(reader_, header_);
  if (!contents) return tl::unexpected(contents.error());
  // Such a mark is about something else, and would have us leave out what nobody has written.
  if (written_.load() >= contents->end) written_.store(0);
  if (auto made = make_durable(*contents); !made) return tl::unexpected(made.error());
  if (auto finished = finish(*contents); !finished) return tl::unexpected(finished.error());
  return report_;
}

// What the page cache held when a sync failed is not on the disk: a second sync alone would succeed
// without it.  So all is written once more.
Result<void> SlotRecovery::make_durable(const Contents& contents) {
  if (auto brought = bring(contents); !brought) return brought;
  if (files_.sync_all()) return {};
  const JournalRecovery first = report_;
  if (auto brought = bring(contents); !brought) return brought;
  report_ = first;  // what was brought then is only repaired now
  return files_.sync_all();
}

Result<void> SlotRecovery::bring(const Contents& contents) {
  // It looks once, and the last time may have been before some were written.
  maildir_.emplace(files_);
  only_here_.clear();
  for (const Kept& kept : contents.records) {
    const auto octets = reader_.read(kept.offset, kept.size);
    if (!octets) return tl::unexpected(octets.error());
    const auto record = parse_record(*octets, header_.round);
    if (!record) return tl::unexpected(reader_.gap().value_or(record.error()));
    if (auto brought = bring(*record); !brought) return brought;
  }
  return {};
}

Result<void> SlotRecovery::bring(const JournalRecord& record) {
  const std::string tmp_path = cat("tmp/", record.name);
  const std::string new_path = cat("new/", record.name, ",S=", record.text.size());
  const Delivery delivery{record.sequence, tmp_path, new_path, record.text};
  const auto was_written = is_written(delivery);
  if (!was_written) return tl::unexpected(was_written.error());
  const auto found = maildir_->rewrite(delivery);
  if (!found) return tl::unexpected(found.error());
  // By the mark it was whole when it was renamed, and the machine lives.
  const bool is_fine = found->is_unreadable && *was_written == Written::yes;
  if (found->refused && !is_fine) return write_beside(delivery, *found->refused);
  if (found->is_there && !found->refused) ++report_.repaired;
  // Where it is not there by the mark, a program has taken it.
  if (!found->is_there && *was_written != Written::yes) return write(delivery);
  // A recovery without the mark has brought it, and was cut off.
  if (*was_written == Written::no) written_.store(record.sequence);
  return {};
}

// Whether it was renamed into new/ by the worker.
Result<SlotRecovery::Written> SlotRecovery::is_written(const Delivery& delivery) {
  const std::uint64_t mark = written_.load();
  if (mark == 0) return Written::perhaps;
  if (delivery.sequence != mark) return delivery.sequence < mark ? Written::yes : Written::no;
  const auto left = files_.open(delivery.tmp_path);
  if (!left && left.error().sys_errno == ENOENT) return Written::yes;
  if (!left) return tl::unexpected(left.error());
  // That file goes first; and were the mark left, its absence would say that the rename is done.
  written_.store(mark - 1);
  return Written::no;
}

Result<void> SlotRecovery::write(const Delivery& delivery) {
  auto written = deliver(files_, delivery, written_.load() == 0 ? nullptr : &written_);
  if (written) ++report_.messages;
  return written;
}

// Of a file that is torn, or may be, and must not be written.  The mark stays: what comes behind
// may be renamed already.  The log says so first: a recovery that is cut off behind this finds a
// whole message, and nothing that is wrong.
Result<void> SlotRecovery::write_beside(const Delivery& delivery, const Error& refusal) {
  if (told_.insert(delivery.sequence).second) {
    log::write(log::Level::alert, "journal_repair_failed", {{"error", refusal.message()}});
  }
  const std::string path = other_path(delivery);
  auto written =
      deliver(files_, {delivery.sequence, delivery.tmp_path, path, delivery.text}, nullptr);
  if (written) ++report_.messages;
  if (written || written.error().sys_errno != EEXIST) return written;
  only_here_.insert(delivery.sequence);
  return {};
}

Result<void> SlotRecovery::finish(const Contents& contents) {
  report_.damaged = contents.damaged + only_here_.size();
  if (report_.damaged > 0) {
    const auto kept = keep_aside();
    if (!kept) return tl::unexpected(kept.error());
    report_.slots = *kept ? 1 : 0;
    if (*kept || !only_here_.empty()) return {};
  }
  report_.slots = 1;
  ++header_.generation;
  header_.is_clean = true;
  // The first sync may only tell of what the worker has lost.
  if (write_header(file_, header_)) return {};
  return write_header(file_, header_);
}

// Records are written only when both headers are on the disk.  So a file without either was never
// begun, unless the disk has spoiled it, or somebody has cut it short; a mark says that it was.
// That one stays as it is if it cannot be kept aside: no worker takes it.
Result<void> SlotRecovery::end_unreadable() {
  const auto empty = is_empty();
  if (!empty) return tl::unexpected(empty.error());
  if (*empty && written_.load() == 0) return directory_.remove(slot_name(number_));
  report_.damaged = 1;  // at the least
  const auto kept = keep_aside();
  if (!kept) return tl::unexpected(kept.error());
  report_.slots = *kept ? 1 : 0;
  return {};
}

Result<bool> SlotRecovery::is_empty() {
  const bool is_short = file_.size() <= journal_records_begin;
  for (std::uint64_t at = is_short ? 0 : journal_records_begin; at < file_.size();
       at += JournalScanner::window_octets) {
    const auto octets = reader_.read(at, JournalScanner::window_octets);
    if (!octets) return tl::unexpected(octets.error());
    if (octets->find_first_not_of('\0') != std::string::npos) return false;
  }
  if (reader_.gap() && !reader_.has_read()) return tl::unexpected(*reader_.gap());
  return !reader_.gap();
}

// False: enough of them are kept already.
Result<bool> SlotRecovery::keep_aside() {
  const std::string name = slot_name(number_);
  Result<bool> kept = false;
  std::string other;
  for (const char* ending : {".damaged", ".damaged-2", ".damaged-3"}) {
    other = cat(name, ending);
    const auto renamed = directory_.rename(name, other);
    if (!renamed && renamed.error().sys_errno == EEXIST) continue;
    if (!renamed) return tl::unexpected(renamed.error());
    kept = true;
    break;
  }
  log::write(log::Level::alert, "journal_damaged",
             {{"file", cat("journal/", *kept ? other : name)}, {"messages", report_.damaged}});
  if (!*kept) {
    log::write(log::Level::alert, "journal_not_kept",
               {{"file", cat("journal/", name)},
                {"error", cat("there are ", name, ".damaged, ", name, ".damaged-2 and ", name,
                              ".damaged-3 already; move them out of journal/")}});
  }
  return kept;
}

void add(JournalRecovery& sum, const JournalRecovery& part) {
  sum.slots += part.slots;
  sum.held += part.held;
  sum.messages += part.messages;
  sum.repaired += part.repaired;
  sum.damaged += part.damaged;
}

Result<JournalRecovery> recover_if_dirty(FileOps& files, JournalDirectory& directory,
                                         unsigned number, WrittenMark& written,
                                         std::optional<std::uint64_t> round) {
  const auto numbers = slots_of(directory);
  if (!numbers) return tl::unexpected(numbers.error());
  if (std::find(numbers->begin(), numbers->end(), number) == numbers->end()) {
    return JournalRecovery{};
  }
  const auto file = directory.open(slot_name(number));
  if (!file) return tl::unexpected(file.error());
  if (!*file) return JournalRecovery{.held = 1};
  return SlotRecovery{files, directory, number, **file, written}.run(round);
}

}  // namespace

Result<JournalRecovery> recover_slot(FileOps& files, JournalDirectory& directory, unsigned number,
                                     WrittenMark& written, std::optional<std::uint64_t> round) {
  auto recovery = recover_if_dirty(files, directory, number, written, round);
  if (!recovery && recovery.error().is_no_room()) {
    const auto removed = trim_slots(directory, 0);
    if (removed && *removed > 0)
      recovery = recover_if_dirty(files, directory, number, written, round);
  }
  // The file system may be about to go, and mounted again it has only what was durable.
  if (!recovery && is_of_disk(recovery.error())) written.store(0);
  return recovery;
}

Result<JournalRecovery> recover_journal(FileOps& files, JournalDirectory& directory) {
  const auto numbers = slots_of(directory);
  if (!numbers) return tl::unexpected(numbers.error());
  JournalRecovery sum;
  Result<void> first_error;
  for (const unsigned number : *numbers) {
    WrittenMark nothing_known{0};
    const auto part = recover_slot(files, directory, number, nothing_known);
    if (part) add(sum, *part);
    if (!part && first_error) first_error = tl::unexpected(part.error());
  }
  if (!first_error) return tl::unexpected(std::move(first_error.error()));
  return sum;
}

}  // namespace postern::spool
