// SPDX-License-Identifier: ISC
//
// t/unit/model_journal.h - the journal's files on the disk of ModelFiles, and who syncs them.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal_file.h"
#include "model_files.h"
#include "spool/flusher.h"

namespace postern::test {

// JournalDirectory as Linux keeps its promises, and no better:
//
// - A page that was written is durable after a sync by any open description of the file.  Else,
// when
//   the power fails, it is what it was, or the new one, or torn anywhere.
// - A sync that failed has lost some of the pages; each other description is told once, at its next
//   sync, and the pages are not saved unless they are written again.
// - syncfs of the Maildir's file system says nothing about the journal, which may be elsewhere.
//
// The steps are those of the ModelFiles, which loses power and fails for both.
class ModelJournal final : public JournalDirectory {
 public:
  // Who has opened a file for itself.
  enum Description : std::size_t { owner, flusher, checkpointer, descriptions };

  explicit ModelJournal(ModelFiles& disk) : disk_(disk) {}

  // After a power failure; before disk.restart() or behind it.
  void restart();
  // All processes that held locks are gone.
  void forget_locks() { held_.clear(); }

  // What the file holds for programs; "" if it is not there.
  std::string content(const std::string& name) const;
  void damage(const std::string& name, std::size_t offset, std::size_t octets);
  void cut_short(const std::string& name, std::size_t size);
  // The disk does not give back that page of 4096 octets any more.
  void spoil(const std::string& name, std::size_t number) { files_.at(name).bad.insert(number); }

  Result<void> write(const std::string& name, std::uint64_t offset, std::string_view octets);
  Result<void> sync(const std::string& name, Description description);

  Result<std::vector<std::string>> list() override;
  Result<std::unique_ptr<JournalFile>> open(const std::string& name) override;
  Result<std::unique_ptr<JournalFile>> create(const std::string& name, std::uint64_t size) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& name) override;

 private:
  class File;
  struct Inode {
    std::string content;
    std::string durable;
    std::set<std::size_t> dirty;
    std::set<std::size_t> lost;
    std::array<bool, descriptions> owes_error{};
    std::set<std::size_t> bad;
  };

  ModelFiles& disk_;
  std::map<std::string, Inode> files_;
  std::set<std::string> held_;
};

// A Flusher whose steps a test takes one by one, in any order.  Its descendants leave something
// out.
class ModelFlusher : public spool::Flusher {
 public:
  ModelFlusher(ModelFiles& disk, ModelJournal& journal, std::string slot)
      : disk_(disk), journal_(journal), slot_(std::move(slot)) {}

  void sync_journal(Done done) override { sync_done_ = std::move(done); }
  void checkpoint(HeaderBlock block, Done done) override {
    block_ = std::move(block);
    checkpoint_done_ = std::move(done);
    is_spool_synced_ = false;
  }

  bool is_syncing() const { return static_cast<bool>(sync_done_); }
  bool is_checkpointing() const { return static_cast<bool>(checkpoint_done_); }
  std::size_t checkpoints() const { return checkpoints_; }  // that have succeeded

  // Killed: what was under way may still be done, and nobody hears of it.
  void kill_syncs();
  void kill_checkpoints();

  void finish_sync();
  // The first of its two steps, or the second.
  void go_on_with_checkpoint();

 protected:
  virtual Result<void> sync_records() { return journal_.sync(slot_, ModelJournal::flusher); }
  virtual Result<void> sync_spool() { return disk_.sync_all(); }
  virtual Result<void> write_block(const HeaderBlock& block);

  ModelFiles& disk_;
  ModelJournal& journal_;
  std::string slot_;

 private:
  void end_checkpoint(const Result<void>& outcome);

  Done sync_done_;
  Done checkpoint_done_;
  HeaderBlock block_{};
  bool is_spool_synced_ = false;
  bool has_syncs_ = true;
  bool has_checkpoints_ = true;
  std::size_t checkpoints_ = 0;
};

}  // namespace postern::test
