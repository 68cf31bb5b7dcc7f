DROP TABLE invitations, sign_ins, members, organisations, constituencies, installation;
