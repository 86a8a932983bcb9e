// SPDX-License-Identifier: ISC
//
// t/unit/careless.h - the seams of the journal with one precaution left out.

#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/journal_file.h"
#include "journal_life.h"
#include "model_files.h"
#include "model_journal.h"

namespace postern::test {

class CarelessFlusher final : public ModelFlusher {
 public:
  CarelessFlusher(ModelFiles& disk, ModelJournal& journal, Omission omission)
      : ModelFlusher(disk, journal, "0"), omission_(omission) {}

  std::function<void()> on_begin;  // of a checkpoint

  void checkpoint(HeaderBlock block, Done done) override {
    on_begin();
    ModelFlusher::checkpoint(std::move(block), std::move(done));
  }

 private:
  Result<void> sync_records() override {
    return omission_ == Omission::record_sync ? Result<void>{} : ModelFlusher::sync_records();
  }
  Result<void> sync_spool() override {
    return omission_ == Omission::spool_sync ? Result<void>{} : ModelFlusher::sync_spool();
  }
  Result<void> write_block(const HeaderBlock& block) override {
    if (omission_ == Omission::header_sync) {
      return journal_.write(slot_, block.offset, block.octets);
    }
    if (omission_ == Omission::own_description) {
      if (auto written = journal_.write(slot_, block.offset, block.octets); !written) {
        return written;
      }
      (void)journal_.sync(slot_, ModelJournal::flusher);
      return {};
    }
    return ModelFlusher::write_block(block);
  }

  Omission omission_;
};

// The owner's file, which forgets what was refused.
class CarelessFile final : public JournalFile {
 public:
  CarelessFile(std::unique_ptr<JournalFile> file, Omission omission)
      : file_(std::move(file)), omission_(omission) {}

  std::uint64_t size() const override { return file_->size(); }
  Result<void> write(std::uint64_t offset, std::span<const std::string_view> pieces) override {
    const bool is_erasure = std::all_of(pieces.begin(), pieces.end(), [](std::string_view piece) {
      return piece.find_first_not_of('\0') == std::string_view::npos;
    });
    if (is_erasure && omission_ == Omission::erasure) return {};
    return file_->write(offset, pieces);
  }
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return file_->read(offset, size);
  }
  void stop_reading() override { file_->stop_reading(); }
  Result<void> sync() override {
    return omission_ == Omission::erasure_sync ? Result<void>{} : file_->sync();
  }
  int fd() const override { return file_->fd(); }
  Result<UniqueFd> open_again() const override { return file_->open_again(); }

 private:
  std::unique_ptr<JournalFile> file_;
  Omission omission_;
};

// The Maildir as a careless recovery sees it.
class CarelessFiles final : public FileOps {
 public:
  CarelessFiles(FileOps& files, Omission omission) : files_(files), omission_(omission) {}

  Result<UniqueFd> create(const std::string& path) override { return files_.create(path); }
  Result<void> append(int fd, std::string_view data) override { return files_.append(fd, data); }
  Result<UniqueFd> open(const std::string& path) override { return files_.open(path); }
  Result<void> write_at(int fd, std::uint64_t offset, std::string_view data) override {
    return omission_ == Omission::repair ? Result<void>{} : files_.write_at(fd, offset, data);
  }
  Result<std::string> read(const std::string& path) override { return files_.read(path); }
  Result<void> sync_file(int fd) override { return files_.sync_file(fd); }
  Result<void> sync_all() override {
    return omission_ == Omission::recovery_sync ? Result<void>{} : files_.sync_all();
  }
  Result<void> sync_directory(const std::string& path) override {
    return files_.sync_directory(path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return files_.remove(path); }
  Result<void> make_directory(const std::string& path) override {
    return files_.make_directory(path);
  }
  Result<std::vector<DirEntry>> list(const std::string& path) override { return files_.list(path); }
  Result<FreeSpace> free_space() override { return files_.free_space(); }

 private:
  FileOps& files_;
  Omission omission_;
};

}  // namespace postern::test
