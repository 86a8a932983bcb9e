// SPDX-License-Identifier: ISC
//
// conf/settings.cpp - the one table of settings.
//
// Whoever adds a row also adds an entry to man/postern.conf.5 and a line to etc/postern.conf.

#include "conf/settings.h"

#include <array>

#include "conf/address_list.h"
#include "conf/field.h"
#include "conf/period_syntax.h"

namespace postern::conf {

namespace {

constexpr std::uint64_t ki = std::uint64_t{1} << 10;
constexpr std::uint64_t mi = std::uint64_t{1} << 20;
constexpr std::uint64_t ti = std::uint64_t{1} << 40;
constexpr std::uint64_t minute = 60;
constexpr std::uint64_t day = 86400;

constexpr std::array<std::string_view, 2> tls_versions{"1.2", "1.3"};
constexpr std::array<std::string_view, 3> socket_modes{"0600", "0660", "0666"};

constexpr Setting string(std::string_view path, std::string_view fallback, Check check,
                         AnyAccessor accessor, std::string_view meaning) {
  return {path, Type::string, fallback, {}, {}, check, meaning, accessor};
}

constexpr Setting boolean(std::string_view path, std::string_view fallback, AnyAccessor accessor,
                          std::string_view meaning) {
  return {path, Type::boolean, fallback, {}, {}, nullptr, meaning, accessor};
}

constexpr Setting list(std::string_view path, Check check, AnyAccessor accessor,
                       std::string_view meaning) {
  return {path, Type::list, "[ ]", {}, {}, check, meaning, accessor};
}

constexpr Setting choice(std::string_view path, std::string_view fallback,
                         std::span<const std::string_view> choices, AnyAccessor accessor,
                         std::string_view meaning) {
  return {path, Type::choice, fallback, {}, choices, nullptr, meaning, accessor};
}

constexpr Setting number(std::string_view path, Type type, std::string_view fallback, Bounds bounds,
                         AnyAccessor accessor, std::string_view meaning) {
  return {path, type, fallback, bounds, {}, nullptr, meaning, accessor};
}

template <auto Member>
constexpr auto in_spool = field<&Config::spool, Member>();
template <auto Member>
constexpr auto in_journal = field<&Config::spool, &Config::Spool::journal, Member>();
template <auto Member>
constexpr auto in_tls = field<&Config::tls, Member>();
template <auto Member>
constexpr auto in_auth = field<&Config::auth, Member>();
template <auto Member>
constexpr auto in_limits = field<&Config::limits, Member>();
template <auto Member>
constexpr auto in_extensions = field<&Config::extensions, Member>();
template <auto Member>
constexpr auto in_timeouts = field<&Config::timeouts, Member>();
template <auto Member>
constexpr auto in_log = field<&Config::log, Member>();

template <auto Member>
constexpr auto in_control = field<&Config::control, Member>();
template <auto Member>
constexpr auto in_metrics = field<&Config::metrics, Member>();

template <auto Member>
constexpr auto in_dns = field<&Config::dns, Member>();

template <auto Member>
constexpr auto in_appletalk = field<&Config::appletalk, Member>();

using Spool = Config::Spool;
using Journal = Config::Spool::Journal;
using Tls = Config::Tls;
using Auth = Config::Auth;
using Limits = Config::Limits;
using Extensions = mail::Extensions;
using Timeouts = Config::Timeouts;
using Log = Config::Log;
using Control = Config::Control;
using Metrics = Config::Metrics;
using Dns = Config::Dns;
using AppleTalk = Config::AppleTalk;

constexpr std::array table{
    string("hostname", "\"\"", check_domain_or_empty, field<&Config::hostname>(),
           "name in the greeting and in trace fields; empty: that of the system"),
    string("user", "\"postern\"", check_user, field<&Config::user>(),
           "the user that workers run as"),
    string("pid_file", "\"/run/postern/postern.pid\"", check_path_or_empty,
           field<&Config::pid_file>(), "file with the process id of the supervisor; empty: none"),
    number("workers", Type::count, "1", {1, 64}, field<&Config::workers>(),
           "processes that serve connections"),
    number("drain_time", Type::time, "\"30 s\"", {0, day}, field<&Config::drain_time>(),
           "time that sessions of the old configuration get after a reload"),
    choice("sandbox", "\"on\"", names<Sandbox>, field<&Config::sandbox>(),
           "whether workers and auth helpers are confined; off is for debugging"),
    list("domains", check_domain, field<&Config::domains>(),
         "domains whose mail is accepted from anyone by listeners with the role mx or both"),
    list("clients", check_address_list_item, field<&Config::client_items>(),
         "addresses that may submit without AUTH where a listener says so"),
    list("blocked", check_address_list_item, field<&Config::blocked_items>(),
         "addresses whose mail is refused"),
    choice("blocked_at", "\"mail\"", names<BlockedAt>, field<&Config::blocked_at>(),
           "whether these are refused at MAIL or when they connect"),
    list("debug_peers", check_peer_set_item, field<&Config::debug_items>(),
         "peers whose dialogues are logged"),

    string("spool.path", "\"/var/spool/postern\"", check_path, in_spool<&Spool::path>,
           "the Maildir that accepted mail is kept in"),
    number("spool.min_free", Type::size, "\"100 MiB\"", {0, 1024 * ti}, in_spool<&Spool::min_free>,
           "free space below which no mail is accepted"),
    number("spool.min_free_inodes", Type::count, "1000", {0, 1'000'000'000},
           in_spool<&Spool::min_free_inodes>, "free inodes below which no mail is accepted"),
    choice("spool.engine", "\"journal\"", names<SpoolEngine>, in_spool<&Spool::engine>,
           "how messages get onto stable storage: file by file, or by a journal"),
    number("spool.journal.size", Type::size, "\"128 MiB\"", {mi, 64 * 1024 * mi},
           in_journal<&Journal::size>, "size of the journal of each worker"),
    number("spool.journal.max_message", Type::size, "\"256 KiB\"", {4 * ki, 16 * mi},
           in_journal<&Journal::max_message>, "largest message that goes through the journal"),

    string("tls.certificate", "\"\"", check_path_or_empty, in_tls<&Tls::certificate>,
           "PEM file with the certificate and its chain; empty: no TLS"),
    string("tls.key", "\"\"", check_path_or_empty, in_tls<&Tls::key>,
           "PEM file with the private key of tls.certificate"),
    choice("tls.min_version", "\"1.2\"", tls_versions, in_tls<&Tls::min_version>,
           "oldest version of TLS that is spoken"),
    boolean("tls.watch", "false", in_tls<&Tls::watch>,
            "whether a certificate or key that changes on disk makes a reload"),
    string("tls.certificates[].certificate", required, check_path,
           field<&Certificate::certificate>(), "PEM file of a further certificate and its chain"),
    string("tls.certificates[].key", required, check_path, field<&Certificate::key>(),
           "PEM file with the private key of that certificate"),

    string("auth.users", "\"\"", check_path_or_empty, in_auth<&Auth::users>,
           "file with the users and their password hashes; empty: no AUTH"),
    number("auth.processes", Type::count, "2", {1, 64}, in_auth<&Auth::processes>,
           "processes that verify passwords for a worker"),
    number("auth.failure_delay", Type::time, "\"2 s\"", {0, minute}, in_auth<&Auth::failure_delay>,
           "time before a failed AUTH is answered"),

    number("limits.message_size", Type::size, "\"50 MiB\"", {ki, ti},
           in_limits<&Limits::message_size>, "largest message (RFC 1870)"),
    number("limits.header_size", Type::size, "\"64 KiB\"", {4 * ki, 16 * mi},
           in_limits<&Limits::header_size>, "largest header of a message"),
    number("limits.header_line", Type::size, "\"16 KiB\"", {998, 16 * mi},
           in_limits<&Limits::header_line>, "longest line of a header"),
    number("limits.recipients", Type::count, "1000", {100, 100'000}, in_limits<&Limits::recipients>,
           "most recipients of one message (RFC 5321 4.5.3.1.8)"),
    number("limits.recipient_domains", Type::count, "0", {0, 100'000},
           in_limits<&Limits::recipient_domains>,
           "most domains among the recipients of one message; 0: no limit"),
    number("limits.messages", Type::count, "0", {0, 999'999}, in_limits<&Limits::messages>,
           "most messages of one session; 0: no limit"),
    number("limits.errors", Type::count, "20", {1, 1000}, in_limits<&Limits::errors>,
           "bad commands after which a session is ended"),
    number("limits.idle_commands", Type::count, "100", {10, 100'000},
           in_limits<&Limits::idle_commands>,
           "commands in a row without a message after which a session is ended"),
    number("limits.auth_failures", Type::count, "3", {1, 100}, in_limits<&Limits::auth_failures>,
           "failed AUTH commands after which a session is ended"),
    number("limits.hops", Type::count, "100", {10, 1000}, in_limits<&Limits::hops>,
           "most Received fields of a message (RFC 5321 6.3)"),
    number("limits.hold", Type::time, "\"30 d\"", {minute, 365 * day}, in_limits<&Limits::hold>,
           "longest time that a message may be made to wait (RFC 4865)"),
    number("limits.client_connections", Type::count, "100", {0, 100'000},
           in_limits<&Limits::client_connections>,
           "connections at once from one address; 0: no limit"),
    number("limits.network_connections", Type::count, "250", {0, 100'000},
           in_limits<&Limits::network_connections>,
           "connections at once from one network; 0: no limit"),
    number("limits.client_connection_rate", Type::count, "120", {0, 100'000},
           in_limits<&Limits::client_connection_rate>,
           "new connections a minute from one address; 0: no limit"),
    number("limits.network_connection_rate", Type::count, "600", {0, 100'000},
           in_limits<&Limits::network_connection_rate>,
           "new connections a minute from one network; 0: no limit"),
    number("limits.client_message_rate", Type::count, "0", {0, 100'000},
           in_limits<&Limits::client_message_rate>,
           "messages a minute from one address; 0: no limit"),

    boolean("extensions.pipelining", "true", in_extensions<&Extensions::pipelining>,
            "commands that come in groups (RFC 2920)"),
    boolean("extensions.size", "true", in_extensions<&Extensions::size>,
            "sizes of messages are told beforehand (RFC 1870)"),
    boolean("extensions.eight_bit_mime", "true", in_extensions<&Extensions::eight_bit_mime>,
            "text with octets above 127 (RFC 6152)"),
    boolean("extensions.smtputf8", "true", in_extensions<&Extensions::smtputf8>,
            "addresses and headers in UTF-8 (RFC 6531); needs eight_bit_mime"),
    boolean("extensions.enhanced_status_codes", "true",
            in_extensions<&Extensions::enhanced_status_codes>,
            "codes such as 5.7.1 in replies (RFC 2034)"),
    boolean("extensions.dsn", "true", in_extensions<&Extensions::dsn>,
            "what notifications of delivery the sender wants (RFC 3461)"),
    boolean("extensions.chunking", "true", in_extensions<&Extensions::chunking>,
            "text in chunks, by BDAT (RFC 3030)"),
    boolean("extensions.binary_mime", "true", in_extensions<&Extensions::binary_mime>,
            "text that is not lines (RFC 3030 3); needs chunking"),
    boolean("extensions.limits", "true", in_extensions<&Extensions::limits>,
            "limits are told beforehand (RFC 9422)"),
    boolean("extensions.require_tls", "false", in_extensions<&Extensions::require_tls>,
            "whoever delivers must use TLS with a certificate that holds (RFC 8689)"),
    boolean("extensions.future_release", "false", in_extensions<&Extensions::future_release>,
            "messages that wait for a time (RFC 4865)"),
    boolean("extensions.deliver_by", "false", in_extensions<&Extensions::deliver_by>,
            "messages that must arrive by a time (RFC 2852)"),
    boolean("extensions.mt_priority", "false", in_extensions<&Extensions::mt_priority>,
            "priorities of messages (RFC 6710)"),

    number("timeouts.command", Type::time, "\"5 min\"", {1, day}, in_timeouts<&Timeouts::command>,
           "longest time from the end of a command to that of the next"),
    number("timeouts.data", Type::time, "\"10 min\"", {1, day}, in_timeouts<&Timeouts::data>,
           "longest wait for more of the text of a message"),
    number("timeouts.message", Type::time, "\"2 h\"", {1, 7 * day}, in_timeouts<&Timeouts::message>,
           "longest time for the whole text of a message"),
    number("timeouts.handshake", Type::time, "\"30 s\"", {1, day},
           in_timeouts<&Timeouts::handshake>, "longest time for a TLS handshake"),
    number("timeouts.write", Type::time, "\"5 min\"", {1, day}, in_timeouts<&Timeouts::write>,
           "longest time a client may take to accept a reply"),

    string("log.target", "\"syslog\"", check_log_target, in_log<&Log::target>,
           "where events go: syslog, journal, stderr or the path of a file"),
    choice("log.format", "\"keyvalue\"", names<LogFormat>, in_log<&Log::format>,
           "what a line of the log looks like"),
    choice("log.level", "\"info\"", names<log::Level>, in_log<&Log::level>,
           "least level of the events that are logged"),

    string("control.path", derived, check_socket_path_or_empty, in_control<&Control::path>,
           "Unix-domain socket that posternctl talks to; empty: none"),
    choice("control.mode", "\"0600\"", socket_modes, in_control<&Control::mode>,
           "mode of that socket: who may use it"),
    string("control.group", "\"\"", check_group_or_empty, in_control<&Control::group>,
           "group of that socket; empty: that of the supervisor"),

    string("metrics.address", "\"127.0.0.1\"", check_listener_address,
           in_metrics<&Metrics::address>, "IP address that answers Prometheus, or * for all"),
    number("metrics.port", Type::count, "0", {0, 65535}, in_metrics<&Metrics::port>,
           "TCP port that answers Prometheus; 0: none"),
    string("metrics.path", "\"\"", check_socket_path_or_empty, in_metrics<&Metrics::path>,
           "Unix-domain socket that answers Prometheus; empty: none"),

    list("dns.servers", check_name_server, in_dns<&Dns::server_items>,
         "name servers that are asked for the names of clients; none: those of the system"),

    string("appletalk.interface", "\"\"", check_interface_or_empty,
           in_appletalk<&AppleTalk::interface>,
           "network interface that carries AppleTalk (LToUDP); empty: no AppleTalk"),
    string("appletalk.group", "\"239.192.76.84\"", check_multicast_address,
           in_appletalk<&AppleTalk::group>, "multicast address that stations send to"),
    number("appletalk.port", Type::count, "1954", {1, 65535}, in_appletalk<&AppleTalk::port>,
           "UDP port there"),
    number("appletalk.node_hint", Type::count, "0", {0, 253}, in_appletalk<&AppleTalk::node_hint>,
           "node number that is tried first; 0: any"),
    string("appletalk.zone", "\"*\"", check_appletalk_zone, in_appletalk<&AppleTalk::zone>,
           "zone in which the names are; *: whatever the routers say"),
    string("appletalk.names[].object", required, check_appletalk_text,
           field<&AppleTalkName::object>(), "what the service is called on AppleTalk"),
    list("appletalk.names[].types", check_appletalk_text, field<&AppleTalkName::types>(),
         "as what mail programs look for it"),
    string("appletalk.names[].to", required, check_not_empty, field<&AppleTalkName::to>(),
           "listener, path, or address and port that its connections go to"),
    number("appletalk.names[].channels", Type::count, "8", {0, 254},
           field<&AppleTalkName::channels>(), "its connections at once; 0: it is not there"),
    boolean("appletalk.names[].proxy", derived, field<&AppleTalkName::proxy>(),
            "whether its connections begin with a PROXY header"),

    string("links[].name", required, check_name, field<&Link::name>(),
           "name of the link in listeners[].link and in the log"),
    string("links[].interface", required, check_interface, field<&Link::interface>(),
           "network interface that the link is"),
    boolean("links[].on_demand", "false", field<&Link::on_demand>(),
            "whether traffic brings it up"),
    boolean("links[].metered", "false", field<&Link::metered>(), "whether traffic costs money"),

    string("schedule[].days", "\"Mon-Sun\"", check_days, field<&Period::days_text>(),
           "days of the week on which a period begins"),
    string("schedule[].from", "\"00:00\"", check_time_of_day, field<&Period::begin_text>(),
           "local time at which it begins"),
    string("schedule[].to", "\"24:00\"", check_time_of_day, field<&Period::end_text>(),
           "local time at which it ends"),
    number("schedule[].pause", Type::time, "\"0 s\"", {0, day}, field<&Period::pause>(),
           "least time for which a listener that was closed stays closed"),

    string("listeners[].name", required, check_name, field<&Listener::name>(),
           "name of the listener in the log"),
    string("listeners[].address", absent, check_listener_address, field<&Listener::address>(),
           "IP address to listen on, or * for all"),
    number("listeners[].port", Type::count, absent, {1, 65535}, field<&Listener::port>(),
           "TCP port"),
    string("listeners[].interface", absent, check_interface, field<&Listener::interface>(),
           "network interface through which alone it is reached"),
    string("listeners[].path", absent, check_socket_path_or_empty, field<&Listener::path>(),
           "Unix-domain socket to listen on, instead of address and port"),
    choice("listeners[].mode", absent, socket_modes, field<&Listener::mode>(),
           "mode of that socket: who may connect"),
    string("listeners[].owner", absent, check_user_or_empty, field<&Listener::owner>(),
           "owner of that socket; empty: the user of the supervisor"),
    string("listeners[].group", absent, check_group_or_empty, field<&Listener::group>(),
           "group of that socket; empty: that of the supervisor"),
    choice("listeners[].protocol", "\"smtp\"", names<ListenerProtocol>,
           field<&Listener::protocol>(), "whether SMTP or LMTP is spoken (RFC 2033)"),
    choice("listeners[].tls", derived, names<ListenerTls>, field<&Listener::tls>(),
           "whether TLS is not offered, offered by STARTTLS or spoken from the start"),
    choice("listeners[].auth", derived, names<ListenerAuth>, field<&Listener::auth>(),
           "who may submit without AUTH"),
    choice("listeners[].role", "\"submission\"", names<ListenerRole>, field<&Listener::role>(),
           "whether it serves those who submit, those who send to domains, or both"),
    choice("listeners[].require_auth", "\"nobody\"", names<RequireAuth>,
           field<&Listener::require_auth>(), "who has to log in before MAIL in any case"),
    boolean("listeners[].auth_without_tls", "false", field<&Listener::auth_without_tls>(),
            "whether AUTH is possible in the clear"),
    number("listeners[].channels", Type::count, "500", {0, 100'000}, field<&Listener::channels>(),
           "connections served at once; 0: it is closed"),
    choice("listeners[].overload", "\"refuse\"", names<Overload>, field<&Listener::overload>(),
           "whether a client without a channel is told so, or waits"),
    number("listeners[].reserve", Type::count, "0", {0, 100'000}, field<&Listener::reserve>(),
           "how many of these are kept for clients"),
    string("listeners[].link", absent, check_name, field<&Listener::link>(),
           "name of the link that the listener is for"),
    boolean("listeners[].keep_ready", "true", field<&Listener::keep_ready>(),
            "whether it is open whatever link and schedule say"),
    number("listeners[].linger", Type::time, "\"30 s\"", {0, day}, field<&Listener::linger>(),
           "time for which it stays open when link or schedule want it closed"),
    number("listeners[].greet_delay", Type::time, "\"0 s\"", {0, minute},
           field<&Listener::greet_delay>(),
           "time before the greeting, in which a client must keep quiet"),
    list("listeners[].proxy_from", check_peer_set_item, field<&Listener::proxy_items>(),
         "peers whose connections begin with a PROXY header"),
    list("listeners[].xclient_from", check_peer_set_item, field<&Listener::xclient_items>(),
         "peers that may say by XCLIENT whom they speak for"),
    choice("listeners[].eight_bit_header", "\"refuse\"", names<EightBitHeader>,
           field<&Listener::eight_bit_header>(),
           "whether headers with octets above 127 are taken without SMTPUTF8"),
    choice("listeners[].dns", "\"never\"", names<ListenerDns>, field<&Listener::dns>(),
           "whether the name of a client is looked up, for the log and for Received"),
};

template <auto... Members>
constexpr GroupList group_list(std::string_view path) {
  return {
      path,
      [](Config& config) -> Object { return &detail::reach<Members...>(config).emplace_back(); },
      [](const Config& config) { return detail::reach<Members...>(config).size(); },
      [](const Config& config, std::size_t index) -> ConstObject {
        return &detail::reach<Members...>(config)[index];
      }};
}

constexpr std::array lists{
    group_list<&Config::tls, &Tls::certificates>("tls.certificates"),
    group_list<&Config::appletalk, &AppleTalk::names>("appletalk.names"),
    group_list<&Config::links>("links"),
    group_list<&Config::schedule>("schedule"),
    group_list<&Config::listeners>("listeners"),
};

}  // namespace

std::span<const Setting> settings() {
  return table;
}
std::span<const GroupList> group_lists() {
  return lists;
}

Value get(const Setting& setting, ConstObject object) {
  return std::visit(
      [&]<typename Owner>(const Owner* owner) {
        return std::get<Accessor<Owner>>(setting.accessor).get(*owner);
      },
      object);
}

void set(const Setting& setting, Object object, const Value& value) {
  std::visit([&]<typename Owner>(
                 Owner* owner) { std::get<Accessor<Owner>>(setting.accessor).set(*owner, value); },
             object);
}

bool belongs_to(const Setting& setting, Object object) {
  return setting.accessor.index() == object.index();
}

}  // namespace postern::conf
