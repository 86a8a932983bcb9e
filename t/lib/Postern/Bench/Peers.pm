# SPDX-License-Identifier: ISC
#
# Postern::Bench::Peers - the servers that Postern is measured with: Postfix, OpenSMTPD and Exim
# from Debian's packages, which t/bench/setup unpacks, and E-MailRelay, of which Debian 12 has none;
# each with its own defaults of what has to be on disk before a client is answered.

package Postern::Bench::Peers;

use strict;
use warnings;

package Postern::Bench::Peer {
    use parent -norequire, 'Postern::Bench::Server';
    use Postern::Bench::Server;
    use Postern::Command qw(run_command);
    use Postern::Packages qw(library_folders);

    # The folder that the package is unpacked in.
    sub root { my ($self) = @_; return $self->{peers} . '/' . $self->package_name }

    sub obstacle {
        my ($self) = @_;
        return -d $self->root ? '' : $self->package_name . ' is not there; run t/bench/setup';
    }

    sub environment {
        my ($self) = @_;
        return { LD_LIBRARY_PATH => join ':', library_folders( $self->root ) };
    }

    # As Debian's changelog has it.
    sub version {
        my ($self) = @_;
        my $package = $self->package_name;
        my ( undef, $text ) = run_command( qw(gzip -d -c),
            $self->root . "/usr/share/doc/$package/changelog.Debian.gz" );
        return $text =~ /^\S+ \((\S+)\)/ ? $1 : '';
    }
}

package Postern::Bench::Peer::Postfix {
    use parent -norequire, 'Postern::Bench::Peer';

    sub title        { return 'Postfix' }
    sub package_name { return 'postfix' }
    sub holds        { return 'Postfix: action HOLD for each client, in_flow_delay = 0' }

    sub prepare {
        my ($self) = @_;
        my ( $number, @over ) = $self->users(qw(postfix postdrop));
        my ( $user, $group ) = @$number{qw(postfix postdrop)};
        $self->make_folder('etc');
        $self->make_folder( 'data', $user, undef, 0700 );
        $self->make_folder('queue');
        $self->make_folder('queue/pid');
        $self->make_folder( "queue/$_", $user, undef, 0700 )
          for qw(active bounce corrupt defer deferred flush hold incoming private saved trace);
        $self->make_folder( 'queue/maildrop', $user, $group, 01730 );
        $self->make_folder( 'queue/public',   $user, $group, 02710 );
        $self->write_file( 'etc/main.cf',   $self->main_cf );
        $self->write_file( 'etc/master.cf', $self->master_cf );
        return {
            command => [ $self->root . '/usr/lib/postfix/sbin/master', '-d', '-c',
                "$self->{dir}/etc" ],
            environment => $self->environment,
            over        => \@over,
        };
    }

    sub environment {
        my ($self) = @_;
        my $etc = $self->{dir} ? "$self->{dir}/etc" : $self->root . '/etc/postfix';
        return { %{ $self->SUPER::environment }, MAIL_CONFIG => $etc };
    }

    # As many processes as there are sessions; a client that waits for one would measure that.
    sub main_cf {
        my ($self) = @_;
        my $root   = $self->root;
        my %all    = (
            compatibility_level       => '3.6',
            queue_directory           => "$self->{dir}/queue",
            data_directory            => "$self->{dir}/data",
            command_directory         => "$root/usr/sbin",
            daemon_directory          => "$root/usr/lib/postfix/sbin",
            shlib_directory           => "$root/usr/lib/postfix",
            meta_directory            => "$self->{dir}/etc",
            maillog_file              => "$self->{dir}/log",
            maillog_file_prefixes     => $self->{dir},
            default_process_limit     => $self->{sessions} + 100,
            myhostname                => 'mail.example.org',
            mydestination             => '',
            alias_maps                => '',
            local_recipient_maps      => '',
            mynetworks                => '127.0.0.0/8',
            inet_interfaces           => '127.0.0.1',
            inet_protocols            => 'ipv4',
            in_flow_delay             => '0',
            smtpd_relay_restrictions  =>
              'check_client_access static:HOLD, permit_mynetworks, reject',
            smtpd_tls_security_level => 'may',
            smtpd_tls_cert_file      => $self->{certificate},
            smtpd_tls_key_file       => $self->{key},
            import_environment       => 'LD_LIBRARY_PATH MAIL_CONFIG',
            export_environment       => 'LD_LIBRARY_PATH MAIL_CONFIG',
        );
        return join '', map { "$_ = $all{$_}\n" } sort keys %all;
    }

    sub master_cf {
        my ($self) = @_;
        return "127.0.0.1:$self->{port} inet n - n - - smtpd\n" . <<'END';
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
END
    }
}

package Postern::Bench::Peer::OpenSMTPD {
    use parent -norequire, 'Postern::Bench::Peer';

    sub title        { return 'OpenSMTPD' }
    sub package_name { return 'opensmtpd' }
    sub holds        { return 'OpenSMTPD: started with -P mda -P mta' }
    sub tls_obstacle { return 'keys of OpenSMTPD 6.8 are lost to OpenSSL 3' }

    # Its places are compiled in.
    sub prepare {
        my ($self) = @_;
        my ( $number, @over ) = $self->users(qw(opensmtpd opensmtpq));
        my $spool = $self->make_folder( 'spool', 0, 0, 0711 );
        my $config = $self->write_file( 'smtpd.conf', <<"END" );
pki mail.example.org cert "$self->{certificate}"
pki mail.example.org key "$self->{key}"
listen on 127.0.0.1 port $self->{port} hostname mail.example.org tls pki mail.example.org
action "out" relay
match from any for any action "out"
END
        chmod 0600, $config;
        # It asks for the name of each client, and hangs where no name server answers.
        push @over, [ $self->write_file( resolv => "lookup file\n" ), '/etc/resolv.conf' ]
          if !-l '/etc/resolv.conf';
        return {
            command => [ $self->root . '/usr/sbin/smtpd', '-d', '-f', $config, qw(-P mda -P mta) ],
            environment => $self->environment,
            empty       => [qw(/var/spool /run /var/lib)],
            folder      => [qw(/var/spool/smtpd /run/opensmtpd /var/lib/opensmtpd/empty)],
            over        => [ @over, [ $spool, '/var/spool/smtpd' ] ],
        };
    }
}

package Postern::Bench::Peer::Exim {
    use parent -norequire, 'Postern::Bench::Peer';
    use Postern::Command qw(text_of);

    sub title        { return 'Exim' }
    sub package_name { return 'exim4-daemon-light' }
    sub holds        { return 'Exim: queue_only, and no queue runner' }

    sub prepare {
        my ($self) = @_;
        my ( $number, @over ) = $self->users('Debian-exim');
        my $user = $number->{'Debian-exim'};
        $self->make_folder( 'logs',  $user, $user, 0750 );
        $self->make_folder( 'spool', $user, $user, 0750 );
        my $key = $self->write_file( 'key.pem', text_of( $self->{key} ) );
        chown $user, -1, $key;    # it reads that when it is root no more
        chmod 0600, $key;
        my $config = $self->write_file( 'exim.conf', $self->config );
        return {
            command => [ $self->root . '/usr/sbin/exim4', '-bdf', '-C', $config, '-oX',
                "127.0.0.1.$self->{port}" ],
            environment => $self->environment,
            over        => \@over,
        };
    }

    # The connections of one client are not limited, for here is only one.
    sub config {
        my ($self) = @_;
        return <<"END";
keep_environment = LD_LIBRARY_PATH
exim_path = @{[ $self->root ]}/usr/sbin/exim4
spool_directory = $self->{dir}/spool
log_file_path = $self->{dir}/logs/%s
primary_hostname = mail.example.org
queue_only
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
smtp_connect_backlog = 4096
tls_advertise_hosts = *
tls_certificate = $self->{certificate}
tls_privatekey = $self->{dir}/key.pem
acl_smtp_rcpt = all
acl_smtp_data = all
begin acl
all:
  accept
begin routers
onward:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = out
begin transports
out:
  driver = smtp
END
    }
}

package Postern::Bench::Peer::EMailRelay {
    use parent -norequire, 'Postern::Bench::Server';
    use Postern::Command qw(run_command text_of);

    sub title { return 'E-MailRelay' }
    sub holds { return 'E-MailRelay: not told to forward' }

    # Where it is built from source it may be installed too.
    sub program {
        my ($self) = @_;
        my @places = map { "$_/emailrelay" } "$self->{peers}/emailrelay/usr/sbin",
          split( /:/, $ENV{PATH} ), '/usr/local/sbin';
        return ( grep { -x } @places )[0];
    }

    sub obstacle {
        my ($self) = @_;
        return $self->program ? '' : 'emailrelay is not in PATH';
    }

    sub version {
        my ($self) = @_;
        my ( undef, $text ) = run_command( $self->program, '--version' );
        return $text =~ /V([\d.]+)/ ? $1 : '';
    }

    sub prepare {
        my ($self)      = @_;
        my $spool       = $self->make_folder('spool');
        my $certificate = $self->write_file( 'tls.pem',
            join '', map { text_of( $self->{$_} ) } qw(key certificate) );
        return {
            command => [
                $self->program, qw(--no-daemon --user root --interface 127.0.0.1 --server-tls),
                '--port',       $self->{port},
                '--spool-dir',  $spool,
                '--server-tls-certificate', $certificate,
            ]
        };
    }
}

1;
