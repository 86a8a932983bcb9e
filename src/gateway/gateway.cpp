// SPDX-License-Identifier: ISC
//
// gateway/gateway.cpp - a station on AppleTalk whose connections lead to stream sockets.

#include "gateway/gateway.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adsp/mac_roman.h"
#include "adsp/nbp_name.h"
#include "base/log.h"
#include "base/random.h"
#include "gateway/event_log.h"
#include "gateway/target.h"

namespace postern::gateway {

namespace {

using std::chrono::milliseconds;

constexpr std::uint8_t first_socket = 128;

// Others in the loop have their turn between.
constexpr int most_datagrams = 64;

constexpr milliseconds between_looks_at_board{500};

std::uint32_t random32() {
  return static_cast<std::uint32_t>(random_number());
}

std::uint8_t socket_of(std::size_t service) {
  return static_cast<std::uint8_t>(first_socket + service);
}

// The configuration has only texts that can be written so.
std::string on_network(const std::string& text) {
  return adsp::utf8_to_mac_roman(text).value_or("");
}

std::vector<adsp::NbpName> names_of(const conf::AppleTalkName& service) {
  std::vector<adsp::NbpName> names;
  for (const std::string& type : service.types) {
    names.push_back({on_network(service.object), on_network(type), "*"});
  }
  return names;
}

std::string_view name_of(adsp::NameService::State state) {
  using State = adsp::NameService::State;
  switch (state) {
    case State::waiting: return "waiting";
    case State::asking: return "asking";
    case State::registered: return "registered";
    case State::taken: return "taken";
  }
  return "";
}

}  // namespace

Gateway::Gateway(net::Loop& loop, const Setup& setup)
    : loop_(loop),
      settings_(setup.settings),
      socket_(setup.socket),
      board_(setup.board),
      node_({.hint = settings_.node_hint != 0 ? settings_.node_hint : setup.board.node(),
             .zone = on_network(settings_.zone)},
            random32, [this](std::string_view datagram) { socket_.send(datagram); }),
      engine_({}, random32,
              [this](const adsp::Address& to, std::uint8_t from, std::string_view octets,
                     adsp::Time now) { node_.send(to, from, adsp::ddp_type::adsp, octets, now); }),
      watch_(loop, setup.socket.fd(), [this] { read(); }),
      timer_(loop, [this] { tick(); }),
      board_timer_(loop, [this] { tell_board(); }) {
  node_.on_adsp(
      [this](const adsp::DdpDatagram& datagram, adsp::Time now) { engine_.input(datagram, now); });
}

void Gateway::start() {
  for (std::size_t i = 0; i < settings_.names.size(); ++i) {
    const conf::AppleTalkName& service = settings_.names[i];
    if (service.channels == 0) continue;
    engine_.listen(socket_of(i), service.channels);
    for (const adsp::NbpName& name : names_of(service)) {
      const auto added = node_.add_name(name, socket_of(i));
      if (added) continue;
      log::write(log::Level::error, "appletalk_name_failed",
                 {{"name", name.to_string()}, {"error", added.error().message()}});
    }
  }
  node_.start(Clock::now());
  tell_board();
  set_timer();
}

void Gateway::drain() {
  if (std::exchange(is_draining_, true)) return;
  for (std::size_t i = 0; i < settings_.names.size(); ++i) {
    engine_.stop_listening(socket_of(i));
    for (const adsp::NbpName& name : names_of(settings_.names[i])) node_.remove_name(name);
  }
}

void Gateway::stop() {
  drain();
  const auto now = Clock::now();
  for (const auto& [id, call] : calls_) {
    if (call.bridge) call.bridge->cut(now);
    changed_.push_back(id);
  }
}

void Gateway::read() {
  const auto now = Clock::now();
  for (int i = 0; i < most_datagrams; ++i) {
    const auto datagram = socket_.receive();
    if (!datagram) return;
    node_.input(*datagram, now);
  }
}

void Gateway::tick() {
  const auto now = Clock::now();
  node_.tick(now);
  engine_.tick(now);
}

void Gateway::end_of_turn() {
  for (const adsp::NodeEvent& event : node_.take_events()) log(event);
  // What is done for one may change others, and what streams say comes with the next turn.
  std::vector<Id> changed = engine_.take_changed();
  changed.insert(changed.end(), changed_.begin(), changed_.end());
  changed_.clear();
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  for (const Id id : changed) serve(id);
  set_timer();
}

// One that drains does not know any more what it was called, and the next one says the rest.
void Gateway::log(const adsp::NodeEvent& event) {
  const bool is_of_the_next = std::holds_alternative<adsp::LookupUnanswered>(event);
  if (is_draining_ && is_of_the_next) return;
  const bool is_cheap = std::holds_alternative<adsp::AddressTaken>(event);
  if (is_cheap && !cheap_events_.take(Clock::now())) return;
  log_event(event);
}

void Gateway::serve(Id id) {
  const adsp::Connection* connection = engine_.find(id);
  if (connection == nullptr) return;
  const auto known = calls_.find(id);
  Call& call = known != calls_.end() ? known->second : answer(id, *connection);
  if (call.bridge) call.bridge->pump(Clock::now());
  const bool is_over =
      call.bridge ? call.bridge->is_done() : connection->state() == adsp::Connection::State::ended;
  if (!is_over) return;
  log_end(call);
  engine_.release(id, Clock::now());
  calls_.erase(id);
}

Gateway::Call& Gateway::answer(Id id, const adsp::Connection& connection) {
  const std::size_t service = connection.ends().socket - first_socket;
  const conf::AppleTalkName& name = settings_.names[service];
  const adsp::Address& remote = connection.ends().remote;
  Call& call = calls_[id];
  call = {nullptr, remote.to_string(), service, Clock::now()};
  log::write(log::Level::info, "appletalk_open",
             {{"peer", call.peer}, {"object", name.object}, {"to", name.to}});
  auto stream = connect_to(name);
  if (!stream) {
    log::write(log::Level::error, "appletalk_target_failed",
               {{"to", name.to}, {"error", stream.error().message()}});
    engine_.abort(id, Clock::now());
    return call;
  }
  call.bridge = std::make_unique<Bridge>(loop_, engine_, id, std::move(*stream),
                                         [this](Id changed) { changed_.push_back(changed); });
  if (name.proxy) call.bridge->send(proxy_header(remote));
  return call;
}

void Gateway::log_end(const Call& call) const {
  const auto life = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - call.begun);
  const std::string reason = call.bridge ? call.bridge->failure() : "nothing to connect to";
  log::write(log::Level::info, "appletalk_end",
             {{"peer", call.peer},
              {"to", settings_.names[call.service].to},
              {"seconds", life.count()},
              {"reason", reason.empty() ? "closed" : reason}});
}

void Gateway::set_timer() {
  std::optional<adsp::Time> deadline = node_.deadline();
  if (const auto other = engine_.deadline()) deadline = std::min(deadline.value_or(*other), *other);
  if (!changed_.empty()) deadline = Clock::now();
  if (!deadline) return timer_.stop();
  const auto wait = std::chrono::ceil<milliseconds>(*deadline - Clock::now());
  timer_.start(std::max(wait, milliseconds{0}));
}

void Gateway::tell_board() {
  const Totals totals = this->totals();
  board_.add(totals.since(told_));
  told_ = totals;
  if (!is_draining_) board_.write(sight());
  board_timer_.start(between_looks_at_board);
}

Totals Gateway::totals() const {
  const adsp::EngineTally& tally = engine_.tally();
  return {.opened = tally.opened,
          .denied = tally.denied,
          .retransmissions = tally.retransmissions,
          .octets_in = tally.octets_in,
          .octets_out = tally.octets_out,
          .dropped = tally.drops.total() + node_.tally().drops.total(),
          .lookups_unanswered = node_.names().unanswered().total()};
}

Sight Gateway::sight() const {
  Sight sight;
  sight.is_there = true;
  if (const auto place = node_.place()) {
    sight.net = place->net;
    sight.node = place->node;
    sight.router = place->router.value_or(0);
  }
  sight.zone = settings_.zone;
  for (const adsp::NameService::Registration& name : node_.names().names()) {
    sight.names.push_back({name.tuple.name.to_string(), std::string(name_of(name.state))});
  }
  for (std::size_t i = 0; i < settings_.names.size(); ++i) {
    sight.services.push_back({settings_.names[i].to,
                              static_cast<std::uint32_t>(engine_.channels_in_use(socket_of(i))),
                              settings_.names[i].channels});
  }
  return sight;
}

}  // namespace postern::gateway
