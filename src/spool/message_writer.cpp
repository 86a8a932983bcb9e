// SPDX-License-Identifier: ISC
//
// spool/message_writer.cpp - one message on its way into tmp/.

#include "spool/message_writer.h"

namespace postern::spool {

Result<MessageWriter> MessageWriter::create(FileOps& files, const MessageName& name) {
  auto file = TmpFile::create(files, name.tmp_path());
  if (!file) return tl::unexpected(std::move(file.error()));
  return MessageWriter{std::move(*file), name};
}

Result<void> MessageWriter::append(std::string_view octets) {
  size_ += octets.size();
  if (octets.size() > max_waiting - waiting_.size()) {
    if (auto written = write_waiting(); !written) return written;
    if (octets.size() >= max_waiting) return file_.append(octets);
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
  if (auto written = write_waiting(); !written) return tl::unexpected(std::move(written.error()));
  return WrittenMessage{std::move(file_), name_.new_path(size_)};
}

Result<void> MessageWriter::write_waiting() {
  if (waiting_.empty()) return {};
  auto written = file_.append(waiting_);
  waiting_.clear();
  return written;
}

}  // namespace postern::spool
