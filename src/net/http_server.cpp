// SPDX-License-Identifier: ISC
//
// net/http_server.cpp - answers GET for one page.

#include "net/http_server.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "base/unique_fd.h"

namespace postern::net {

namespace {

constexpr int timeout_seconds = 10;
constexpr int max_head = 8192;

constexpr int status_ok = 200;
constexpr int status_not_found = 404;

}  // namespace

void HttpServer::Free::operator()(evhttp* http) const {
  ::evhttp_free(http);
}

HttpServer::HttpServer(Loop& loop, std::string path, std::string content_type,
                       std::function<std::string()> page)
    : http_(::evhttp_new(loop.base())),
      path_(std::move(path)),
      content_type_(std::move(content_type)),
      page_(std::move(page)) {
  if (!http_) std::abort();
  ::evhttp_set_timeout(http_.get(), timeout_seconds);
  ::evhttp_set_max_headers_size(http_.get(), max_head);
  ::evhttp_set_max_body_size(http_.get(), 0);
  ::evhttp_set_allowed_methods(http_.get(), EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
  ::evhttp_set_gencb(http_.get(), on_request, this);
}

HttpServer::~HttpServer() = default;

// libevent closes what it is given, and the socket belongs to later generations too.
Result<void> HttpServer::serve(int fd) {
  UniqueFd own{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
  if (!own.is_open() || ::evhttp_accept_socket(http_.get(), own.get()) != 0) {
    return fail_errno("serve HTTP", errno);
  }
  std::ignore = own.release();
  return {};
}

void HttpServer::on_request(evhttp_request* request, void* self) noexcept {
  static_cast<const HttpServer*>(self)->answer(request);
}

void HttpServer::answer(evhttp_request* request) const {
  const evhttp_uri* uri = ::evhttp_request_get_evhttp_uri(request);
  const char* path = uri == nullptr ? nullptr : ::evhttp_uri_get_path(uri);
  if (path == nullptr || path_ != path) {
    return ::evhttp_send_error(request, status_not_found, nullptr);
  }
  const std::string body = page_();
  evbuffer* buffer = ::evhttp_request_get_output_buffer(request);
  ::evbuffer_add(buffer, body.data(), body.size());
  ::evhttp_add_header(::evhttp_request_get_output_headers(request), "Content-Type",
                      content_type_.c_str());
  ::evhttp_send_reply(request, status_ok, nullptr, nullptr);
}

}  // namespace postern::net
