// SPDX-License-Identifier: ISC
//
// server/flusher_process.cpp - a process that waits for the disk in a worker's place.

#include "server/flusher_process.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "base/write_all.h"
#include "server/flusher_protocol.h"

namespace postern::server {

namespace {

// What the worker has given.
struct Journal {
  UniqueFd file;
  UniqueFd lock;  // nobody takes the journal for a dead worker's while we may write to it
};

struct Packet {
  std::array<char, max_flush_request> octets{};
  std::size_t size = 0;

  std::string_view text() const { return {octets.data(), size}; }
};

bool fail_with(std::string_view error) {
  log::write(log::Level::error, "flusher_failed", {{"error", error}});
  return false;
}

void take_descriptors(msghdr& message, Journal& journal) {
  constexpr std::size_t wanted = 2;
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  const bool has_them = head != nullptr && head->cmsg_level == SOL_SOCKET &&
                        head->cmsg_type == SCM_RIGHTS &&
                        head->cmsg_len == CMSG_LEN(wanted * sizeof(int));
  if (!has_them) return;
  std::array<int, wanted> fds{};
  std::memcpy(fds.data(), CMSG_DATA(head), sizeof fds);
  journal.file.reset(fds[0]);
  journal.lock.reset(fds[1]);
}

// An empty packet is the end.  A worker that dies with an answer unread resets the socket, which is
// the end too.
Result<Packet> receive(int fd, Journal& journal) {
  Packet packet;
  iovec piece{packet.octets.data(), packet.octets.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t octets = 0;
  do {
    octets = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  } while (octets < 0 && errno == EINTR);
  if (octets < 0 && errno != ECONNRESET) return fail_errno("receive a request", errno);
  take_descriptors(message, journal);
  packet.size = octets < 0 ? 0 : static_cast<std::size_t>(octets);
  return packet;
}

FlushAnswer flush(const FlushRequest& request, int journal, int spool) {
  if (request.checkpoint) {
    if (::syncfs(spool) != 0) return {FlushStep::sync_spool, errno};
    const std::string_view block = request.checkpoint->octets;
    const int error = write_all(journal, request.checkpoint->offset, {&block, 1});
    if (error != 0) return {FlushStep::write_header, error};
  }
  if (::fdatasync(journal) != 0) return {FlushStep::sync_journal, errno};
  return {};
}

// Whoever does not wait for it any more has died, which recv sees next.
void answer(int fd, const FlushAnswer& answer) {
  const std::string packet = format_flush_answer(answer);
  ssize_t sent = 0;
  do {
    sent = ::send(fd, packet.data(), packet.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
}

}  // namespace

bool run_flusher(int fd, int spool) {
  Journal journal;
  while (true) {
    const auto packet = receive(fd, journal);
    if (!packet) return fail_with(packet.error().message());
    const std::string_view text = packet->text();
    if (text.empty()) return true;
    if (text == std::string_view{&give_journal, 1}) continue;
    const auto request = parse_flush_request(text);
    if (!request || !journal.file.is_open()) return fail_with("a request is not understood");
    answer(fd, flush(*request, journal.file.get(), spool));
  }
}

}  // namespace postern::server
