// SPDX-License-Identifier: ISC
//
// net/resolver.cpp - asks name servers, and waits for what they reply.

#include "net/resolver.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "net/kernel_address.h"

namespace postern::net {

namespace {

constexpr std::size_t rounds = 2;

// A server sends 512 octets at most (RFC 1035 4.2.1) to who does not say that it takes more.
constexpr std::size_t packet_room = 1024;

// Anybody may send us packets: the sessions have their turn between.
constexpr int batch = 32;

}  // namespace

Resolver::Resolver(Loop& loop, std::vector<SocketAddress> servers)
    : loop_(loop), servers_(std::move(servers)), timer_(loop, [this] { give_up_waiting(); }) {
  const auto is_v4 = [](const SocketAddress& server) { return server.ip.is_v4(); };
  if (std::any_of(servers_.begin(), servers_.end(), is_v4)) open(v4_, AF_INET);
  if (!std::all_of(servers_.begin(), servers_.end(), is_v4)) open(v6_, AF_INET6);
}

void Resolver::open(Socket& socket, int family) {
  socket.fd = UniqueFd{::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.fd.is_open()) {
    const auto failed = fail_errno("open a socket to the name servers", errno);
    log::write(log::Level::warning, "name_servers_failed", {{"error", failed.value().message()}});
    return;
  }
  socket.watch.emplace(loop_, socket.fd.get(), [this, &socket] { read(socket); });
}

std::vector<int> Resolver::sockets() const {
  std::vector<int> open;
  for (const Socket* socket : {&v4_, &v6_}) {
    if (socket->fd.is_open()) open.push_back(socket->fd.get());
  }
  return open;
}

void Resolver::ask(const DnsQuestion& question, OnReply on_reply) {
  Id id = 0;
  do {
    id = static_cast<Id>(random_number());
  } while (queries_.contains(id));
  Query query;
  query.on_reply = std::move(on_reply);
  auto packet = write_dns_query(question, id, random_number());
  if (packet) query.packet = std::move(*packet);
  try_next(queries_.emplace(id, std::move(query)).first->second);
  set_timer();
}

const SocketAddress& Resolver::server_of(const Query& query) const {
  return servers_[(query.tries - 1) % servers_.size()];
}

// What cannot be sent has been waited for long enough.
void Resolver::try_next(Query& query) {
  query.deadline = Clock::now();
  ++query.tries;
  if (query.packet.empty() || query.tries > rounds * servers_.size()) return;
  const SocketAddress& server = server_of(query);
  const Socket& socket = server.ip.is_v4() ? v4_ : v6_;
  const KernelAddress address(server);
  const ssize_t sent = ::sendto(socket.fd.get(), query.packet.data(), query.packet.size(),
                                MSG_NOSIGNAL, address.get(), address.size);
  if (sent >= 0) query.deadline += patience;
}

void Resolver::read(const Socket& socket) {
  std::array<char, packet_room> room{};
  for (int i = 0; i < batch; ++i) {
    KernelAddress sender;
    const ssize_t size =
        ::recvfrom(socket.fd.get(), room.data(), room.size(), 0, sender.get(), &sender.size);
    if (size < 0) return;
    const auto from = sender.read();
    if (from) take(*from, std::string_view(room.data(), static_cast<std::size_t>(size)));
  }
}

void Resolver::take(const SocketAddress& from, std::string_view packet) {
  if (packet.size() < sizeof(Id)) return;
  const auto high = static_cast<std::uint8_t>(packet[0]);
  const auto low = static_cast<std::uint8_t>(packet[1]);
  const auto query = queries_.find(static_cast<Id>(high << 8 | low));
  if (query == queries_.end() || server_of(query->second) != from) return;
  const DnsReply reply = read_dns_reply(query->second.packet, packet);
  switch (reply.kind) {
    case DnsReply::Kind::not_ours: return;
    case DnsReply::Kind::failure: query->second.deadline = Clock::now(); return set_timer();
    case DnsReply::Kind::nothing:
    case DnsReply::Kind::answer: return conclude(query, reply);
  }
}

void Resolver::give_up_waiting() {
  std::vector<Id> silent;
  for (const auto& [id, query] : queries_) {
    if (query.deadline <= Clock::now()) silent.push_back(id);
  }
  for (const Id id : silent) {
    const auto query = queries_.find(id);
    if (query == queries_.end()) continue;
    if (query->second.tries >= rounds * servers_.size()) {
      conclude(query, DnsReply{});
    } else {
      try_next(query->second);
    }
  }
  set_timer();
}

void Resolver::conclude(Queries::iterator query, const DnsReply& reply) {
  const auto node = queries_.extract(query);
  node.mapped().on_reply(reply);  // and may ask again
}

void Resolver::set_timer() {
  const auto earlier = [](const auto& a, const auto& b) {
    return a.second.deadline < b.second.deadline;
  };
  const auto first = std::min_element(queries_.begin(), queries_.end(), earlier);
  if (first == queries_.end()) return timer_.stop();
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(first->second.deadline - Clock::now());
  timer_.start(std::max(wait, std::chrono::milliseconds{0}));
}

}  // namespace postern::net
