// SPDX-License-Identifier: ISC
//
// gateway/lookup.cpp - what there is on an AppleTalk network.

#include "gateway/lookup.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <variant>

#include "adsp/node.h"
#include "base/random.h"
#include "base/text.h"
#include "gateway/multicast_socket.h"

namespace postern::gateway {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// To get a number, to wait for a router, and to ask three times.
constexpr std::chrono::seconds patience{20};

// A station that asks and goes away again.
class Visitor {
 public:
  explicit Visitor(MulticastSocket& socket)
      : socket_(socket),
        node_(
            {}, [] { return static_cast<std::uint32_t>(random_number()); },
            [this](std::string_view datagram) { socket_.send(datagram); }) {}

  Result<std::vector<adsp::NbpTuple>> ask(const adsp::NbpName& pattern) {
    const auto end = Clock::now() + patience;
    node_.start(Clock::now());
    while (Clock::now() < end) {
      wait(end);
      while (const auto datagram = socket_.receive()) node_.input(*datagram, Clock::now());
      node_.tick(Clock::now());
      for (const adsp::NodeEvent& event : node_.take_events()) {
        if (std::holds_alternative<adsp::AddressAcquired>(event)) {
          const auto asked = node_.lookup(pattern, Clock::now());
          if (!asked) return tl::unexpected(asked.error());
        }
        if (const auto* done = std::get_if<adsp::LookupDone>(&event)) return done->found;
      }
    }
    return fail(Errc::temporary, "nobody on AppleTalk gives us a node number");
  }

 private:
  void wait(Clock::time_point end) const {
    const auto until = std::min(node_.deadline().value_or(end), end);
    const auto time = std::max(std::chrono::ceil<milliseconds>(until - Clock::now()), {});
    pollfd ready{socket_.fd(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(time.count()));
  }

  MulticastSocket& socket_;
  adsp::Node node_;
};

}  // namespace

Result<std::vector<adsp::NbpTuple>> look_up(const conf::Config::AppleTalk& settings,
                                            const std::string& pattern) {
  const auto name = adsp::parse_nbp_name(pattern);
  if (!name) return tl::unexpected(name.error());
  auto socket = MulticastSocket::open(settings.interface, settings.group, settings.port);
  if (!socket) return tl::unexpected(socket.error());
  return Visitor{*socket}.ask(*name);
}

std::string names_text(const std::vector<adsp::NbpTuple>& found) {
  std::string text;
  for (const adsp::NbpTuple& tuple : found) {
    const adsp::Address& at = tuple.address;
    text += cat(at.net, ".", int{at.node}, ".", int{at.socket}, "\t",
                printable(tuple.name.to_string()), "\n");
  }
  return text;
}

}  // namespace postern::gateway
