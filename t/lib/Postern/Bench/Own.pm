# SPDX-License-Identifier: ISC
#
# Postern::Bench::Own - what is measured and is made here: Postern, and the responder that stores
# nothing.

package Postern::Bench::Own;

use strict;
use warnings;

package Postern::Bench::Own::Postern {
    use parent -norequire, 'Postern::Bench::Server';
    use Postern::Bench::Server;
    use Postern::Command qw(run_command);
    use Postern::Config  qw(quoted config_text);

    sub title { return 'Postern' }
    sub holds { return 'Postern delivers nothing: what it accepts stays in the spool' }

    sub version {
        my ($self) = @_;
        my ( undef, $text ) = run_command( "$self->{program}/posternd", '-V' );
        return $text =~ s/\n.*//sr;
    }

    # Without limits on what one client does, for here is only one.
    sub prepare {
        my ($self) = @_;
        my %settings = (
            hostname                         => '"mail.example.org"',
            user                             => '"nobody"',
            pid_file                         => '""',
            clients                          => '[ "127.0.0.1" ]',
            'spool.path'                     => quoted("$self->{dir}/spool"),
            'spool.min_free'                 => '"1 MiB"',
            'tls.certificate'                => quoted( $self->{certificate} ),
            'tls.key'                        => quoted( $self->{key} ),
            'auth.users'                     => '""',
            'log.target'                     => quoted("$self->{dir}/log"),
            'limits.client_connections'      => '0',
            'limits.network_connections'     => '0',
            'limits.client_connection_rate'  => '0',
            'limits.network_connection_rate' => '0',
            %{ $self->{settings} // {} },
        );
        my %listener = (
            name     => '"bench"',
            address  => '"127.0.0.1"',
            port     => $self->{port},
            tls      => '"starttls"',
            auth     => '"clients"',
            channels => $self->{sessions} + 100,
        );
        $self->write_file( 'postern.conf', config_text( \%settings, [ \%listener ] ) );
        return {
            command     => [ "$self->{program}/posternd", '-f', '-c', "$self->{dir}/postern.conf" ],
            environment => $self->{environment},
        };
    }
}

package Postern::Bench::Own::Responder {
    use parent -norequire, 'Postern::Bench::Server';

    sub title { return 'Responder' }
    sub holds { return 'the responder stores nothing at all: it is the floor' }

    sub prepare {
        my ($self) = @_;
        return { command =>
              [ "$self->{program}/t/bench/responder", @$self{qw(port certificate key)} ] };
    }
}

1;
