// SPDX-License-Identifier: ISC
//
// server/flusher_client.cpp - a worker's way to its flushers.

#include "server/flusher_client.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/flusher_protocol.h"

namespace postern::server {

namespace {

// Without errno: it says nothing of the disk.
tl::unexpected<Error> gone() {
  return fail(Errc::permanent, "the process that flushes is gone");
}

}  // namespace

FlusherClient::FlusherClient(net::Loop& loop, UniqueFd syncs, UniqueFd checkpoints,
                             Statistics statistics)
    : syncs_(loop, std::move(syncs), Histogram::flush_time, statistics),
      checkpoints_(loop, std::move(checkpoints), Histogram::checkpoint_time, statistics) {}

Result<void> FlusherClient::give(const JournalFile& journal) {
  if (auto given = syncs_.give(journal); !given) return given;
  return checkpoints_.give(journal);
}

void FlusherClient::sync_journal(Done done) {
  syncs_.ask(sync_request(), std::move(done));
}

void FlusherClient::checkpoint(HeaderBlock block, Done done) {
  checkpoints_.ask(checkpoint_request(block), std::move(done));
}

FlusherClient::Line::Line(net::Loop& loop, UniqueFd fd, Histogram histogram, Statistics statistics)
    : fd_(std::move(fd)),
      histogram_(histogram),
      statistics_(statistics),
      watch_(loop, fd_.get(), [this] { on_readable(); }),
      failed_(loop, [this] { finish(gone()); }) {}

Result<void> FlusherClient::Line::give(const JournalFile& journal) {
  const auto own = journal.open_again();
  if (!own) return tl::unexpected(own.error());
  const std::array<int, 2> fds{own->get(), journal.fd()};
  char letter = give_journal;
  iovec piece{&letter, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(head), fds.data(), sizeof fds);
  if (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) >= 0) return {};
  return fail_errno("give the journal to its flusher", errno);
}

void FlusherClient::Line::ask(const std::string& packet, Done done) {
  done_ = std::move(done);
  asked_ = std::chrono::steady_clock::now();
  // Nothing waits in the socket: it is asked for one thing at a time.
  const bool is_sent = !is_gone_ && ::send(fd_.get(), packet.data(), packet.size(),
                                           MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
  if (!is_sent) failed_.start(std::chrono::milliseconds{0});
}

void FlusherClient::Line::on_readable() {
  std::array<char, 64> buffer{};
  const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const auto answer =
      size > 0 ? parse_flush_answer({buffer.data(), static_cast<std::size_t>(size)}) : std::nullopt;
  if (answer) return finish(answer->result());
  is_gone_ = true;
  watch_.pause();
  finish(gone());
}

// The next question may come out of the callback.
void FlusherClient::Line::finish(const Result<void>& result) {
  const Done done = std::exchange(done_, nullptr);
  if (!done) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - asked_);
  if (result) statistics_.observe(histogram_, static_cast<std::uint64_t>(took.count()));
  done(result);
}

}  // namespace postern::server
