// SPDX-License-Identifier: ISC
//
// spool/message_writer.cpp - one message on its way into the spool.

#include "spool/message_writer.h"

namespace postern::spool {

Result<MessageWriter> MessageWriter::create(FileOps& files, const MessageName& name,
                                            std::size_t most_in_memory) {
  MessageWriter writer{files, name, most_in_memory};
  if (most_in_memory > 0) return writer;
  if (auto created = writer.create_file(); !created) {
    return tl::unexpected(std::move(created.error()));
  }
  return writer;
}

Result<void> MessageWriter::create_file() {
  auto file = TmpFile::create(*files_, name_.tmp_path());
  if (!file) return tl::unexpected(std::move(file.error()));
  file_ = std::move(*file);
  return {};
}

Result<void> MessageWriter::append(std::string_view octets) {
  size_ += octets.size();
  if (!file_) {
    if (size_ <= most_in_memory_) {
      waiting_ += octets;
      return {};
    }
    if (auto created = create_file(); !created) return created;
  }
  // What waited in memory may be more than ever waits for a file.
  if (waiting_.size() + octets.size() > max_waiting) {
    if (auto written = write_waiting(); !written) return written;
    if (octets.size() >= max_waiting) return file_->append(octets);
  }
  waiting_ += octets;
  return {};
}

Result<void> MessageWriter::append_text(std::string_view wire) {
  while (!wire.empty()) {
    const std::size_t cr = wire.find('\r');
    if (auto appended = append(wire.substr(0, cr)); !appended) return appended;
    wire.remove_prefix(cr == std::string_view::npos ? wire.size() : cr + 1);
  }
  return {};
}

Result<WrittenMessage> MessageWriter::finish() && {
  if (!file_) return WrittenMessage{std::move(waiting_), name_};
  if (auto written = write_waiting(); !written) return tl::unexpected(std::move(written.error()));
  return WrittenMessage{std::move(*file_), name_.new_path(size_)};
}

Result<void> MessageWriter::write_waiting() {
  if (waiting_.empty()) return {};
  auto written = file_->append(waiting_);
  waiting_.clear();
  return written;
}

}  // namespace postern::spool
